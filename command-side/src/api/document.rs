//! What all commands have in common, in the OpenAPI document.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required};
use utoipa_axum::router::OpenApiRouter;

/// Adds the header that every command takes and the one that it answers with.
pub(super) fn commanding<S: Clone + Send + Sync + 'static>(mut router: OpenApiRouter<S>) -> OpenApiRouter<S> {
    for item in router.get_openapi_mut().paths.paths.values_mut() {
        operations(item).into_iter().flatten().for_each(complete);
    }
    router
}

fn operations(item: &mut PathItem) -> [Option<&mut Operation>; 5] {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].map(Option::as_mut)
}

fn complete(operation: &mut Operation) {
    operation.parameters.get_or_insert_default().push(key().into());
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            add_position(response);
        }
    }
}

fn key() -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(128));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("Visible ASCII. The same key with the same request is carried out once."))
        .schema(Some(schema))
        .build()
}

fn add_position(response: &mut Response) {
    let about = "Opaque; what is read with it as Min-Event-Position is not older.";
    let schema = ObjectBuilder::new().schema_type(Type::String);
    let header = HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build();
    response.headers.insert("Event-Position".to_owned(), header.into());
}
