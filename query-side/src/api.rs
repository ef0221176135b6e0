//! The read API: one file a resource. Every handler is a query; what changes something is the write side's.

mod blocks;
mod document;
mod friends;
mod messages;
mod page;
mod profile;
mod requests;
mod rooms;
mod search;
mod streams;
#[cfg(test)]
mod tests;
mod users;

use std::sync::Arc;

use axum::middleware::from_fn;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::document::querying;
use crate::Queries;
use crate::freshness::say_stale;
use crate::live::Live;

/// The queries of the user context.
#[allow(deprecated, reason = "the older spellings are served")]
pub fn user(queries: Arc<Queries>) -> OpenApiRouter {
    let routes = OpenApiRouter::default()
        .routes(routes!(profile::profile))
        .routes(routes!(profile::me))
        .routes(routes!(users::listed))
        .routes(routes!(users::batch))
        .routes(routes!(users::user))
        .routes(routes!(users::exists))
        .routes(routes!(search::users));
    querying(routes).layer(from_fn(say_stale)).with_state(queries)
}

/// The queries of the friend context.
#[allow(deprecated, reason = "the older spellings are served")]
pub fn friend(queries: Arc<Queries>) -> OpenApiRouter {
    let routes = OpenApiRouter::default()
        .routes(routes!(friends::friends))
        .routes(routes!(friends::list))
        .routes(routes!(friends::search))
        .routes(routes!(requests::requests))
        .routes(routes!(requests::pending))
        .routes(routes!(blocks::blocks));
    querying(routes).layer(from_fn(say_stale)).with_state(queries)
}

/// The queries and the live streams of the chat context.
#[allow(deprecated, reason = "the older spellings are served")]
pub fn chat(queries: Arc<Queries>, live: Arc<Live>) -> OpenApiRouter {
    let streams = OpenApiRouter::default()
        .routes(routes!(streams::room))
        .routes(routes!(streams::all_rooms))
        .with_state(streams::Served { queries: queries.clone(), live });
    let routes = OpenApiRouter::default()
        .routes(routes!(rooms::rooms))
        .routes(routes!(rooms::room))
        .routes(routes!(messages::messages))
        .routes(routes!(messages::of_room))
        .routes(routes!(messages::unread_count));
    querying(routes).layer(from_fn(say_stale)).with_state(queries).merge(streams)
}
