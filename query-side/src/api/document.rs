//! What all queries have in common, in the OpenAPI document.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required};
use utoipa_axum::router::OpenApiRouter;

/// Adds the header that every query takes and the one by which it says that it is stale.
pub(super) fn querying<S: Clone + Send + Sync + 'static>(mut router: OpenApiRouter<S>) -> OpenApiRouter<S> {
    for item in router.get_openapi_mut().paths.paths.values_mut() {
        [&mut item.get, &mut item.post].into_iter().flatten().for_each(complete);
    }
    router
}

fn complete(operation: &mut Operation) {
    operation.parameters.get_or_insert_default().push(bound().into());
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            add_staleness(response);
        }
    }
}

fn bound() -> Parameter {
    ParameterBuilder::new()
        .name("Min-Event-Position")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("An `Event-Position` that the answer has to have seen, besides what the caller wrote."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn add_staleness(response: &mut Response) {
    let description = "`true` when the read model did not get there in time";
    let schema = ObjectBuilder::new().schema_type(Type::String);
    let header = HeaderBuilder::new().description(Some(description)).schema(Some(schema)).build();
    response.headers.insert("Stale".to_owned(), header.into());
}
