//! The read API: one file a resource. Every handler is a query; what changes something is the write side's.

mod blocks;
mod document;
mod friends;
mod images;
mod kept;
mod messages;
mod notifications;
mod online;
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
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::document::querying;
use crate::Queries;
use crate::freshness::say_stale;
use crate::live::Live;
use crate::ports::Images;

/// What all contexts say of themselves.
#[must_use]
pub fn documents() -> [OpenApi; 8] {
    let queries = [user_routes(), friend_routes(), chat_routes(), notification_routes()];
    let [user, friend, chat, notification] = queries.map(OpenApiRouter::into_openapi);
    let streams = [streams_routes(), notification_stream_route()].map(OpenApiRouter::into_openapi);
    let [rooms, inbox] = streams;
    let (images, online) = (images_routes().into_openapi(), online_routes().into_openapi());
    [user, images, friend, chat, notification, rooms, inbox, online]
}

/// The queries of the user context, profile images, and who is there, live.
pub fn user(queries: Arc<Queries>, images: Arc<dyn Images>, live: Arc<Live>) -> OpenApiRouter {
    let others = images_routes().with_state(images).merge(online_routes().with_state(live));
    user_routes().layer(from_fn(say_stale)).with_state(queries).merge(others)
}

/// The queries of the friend context.
pub fn friend(queries: Arc<Queries>) -> OpenApiRouter {
    friend_routes().layer(from_fn(say_stale)).with_state(queries)
}

/// The queries and the live streams of the chat context.
pub fn chat(queries: Arc<Queries>, live: Arc<Live>) -> OpenApiRouter {
    let streams = streams_routes().with_state(streams::Served { queries: queries.clone(), live });
    chat_routes().layer(from_fn(say_stale)).with_state(queries).merge(streams)
}

/// The queries and the live stream of the notification context.
pub fn notification(queries: Arc<Queries>, live: Arc<Live>) -> OpenApiRouter {
    let stream = notification_stream_route().with_state(streams::Served { queries: queries.clone(), live });
    notification_routes().layer(from_fn(say_stale)).with_state(queries).merge(stream)
}

#[allow(deprecated, reason = "the older spellings are served")]
fn user_routes() -> OpenApiRouter<Arc<Queries>> {
    let routes = OpenApiRouter::default()
        .routes(routes!(profile::profile))
        .routes(routes!(profile::me))
        .routes(routes!(users::listed))
        .routes(routes!(users::batch))
        .routes(routes!(users::user))
        .routes(routes!(users::exists))
        .routes(routes!(images::of_user))
        .routes(routes!(search::users))
        .routes(routes!(online::friends))
        .routes(routes!(online::user));
    querying(routes)
}

fn images_routes() -> OpenApiRouter<Arc<dyn Images>> {
    OpenApiRouter::default().routes(routes!(images::image))
}

#[allow(deprecated, reason = "the older spellings are served")]
fn friend_routes() -> OpenApiRouter<Arc<Queries>> {
    let routes = OpenApiRouter::default()
        .routes(routes!(friends::friends))
        .routes(routes!(friends::list))
        .routes(routes!(friends::search))
        .routes(routes!(requests::requests))
        .routes(routes!(requests::pending))
        .routes(routes!(blocks::blocks));
    querying(routes)
}

#[allow(deprecated, reason = "the older spellings are served")]
fn chat_routes() -> OpenApiRouter<Arc<Queries>> {
    let routes = OpenApiRouter::default()
        .routes(routes!(rooms::rooms))
        .routes(routes!(rooms::room))
        .routes(routes!(messages::messages))
        .routes(routes!(messages::search))
        .routes(routes!(messages::of_room))
        .routes(routes!(messages::unread_count));
    querying(routes)
}

fn online_routes() -> OpenApiRouter<Arc<Live>> {
    OpenApiRouter::default().routes(routes!(online::heartbeat)).routes(routes!(online::follow))
}

fn streams_routes() -> OpenApiRouter<streams::Served> {
    OpenApiRouter::default().routes(routes!(streams::room)).routes(routes!(streams::all_rooms))
}

fn notification_routes() -> OpenApiRouter<Arc<Queries>> {
    let routes = OpenApiRouter::default()
        .routes(routes!(notifications::notifications))
        .routes(routes!(notifications::unread_count));
    querying(routes)
}

fn notification_stream_route() -> OpenApiRouter<streams::Served> {
    OpenApiRouter::default().routes(routes!(notifications::stream))
}
