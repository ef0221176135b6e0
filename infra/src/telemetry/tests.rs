use std::time::Duration;

use axum::http::{Method, StatusCode};
use command_side::ports::Meter as _;
use projections::ports::Meter as _;
use query_side::ports::Meter as _;

use super::{Metrics, catching, service};
use crate::adapters::rates::Whose;
use crate::config::{AllFlags, CallKind, Settings, Sources};

#[test]
fn everything_is_written_under_the_agreed_names() {
    let metrics = Metrics::default();
    metrics.route("/api/users/{id}").count(&Method::GET, StatusCode::NOT_FOUND, Duration::from_millis(3));
    metrics.route("/api/users/{id}").count(&Method::GET, StatusCode::IM_A_TEAPOT, Duration::from_millis(3));
    metrics.command("SendMessage", "done");
    metrics.batch(3, Duration::from_micros(250));
    metrics.queue_of(4096);
    metrics.queued(3);
    metrics.queued(-1);
    metrics.depends("shared", false);
    metrics.limited(CallKind::Login, Whose::Address);
    metrics.lag("timeline", 7, 0.5);
    metrics.skipped("user.events");
    metrics.parked("timeline", 1);
    metrics.stream_opened();
    metrics.delivered(4);
    let text = metrics.text();
    for line in [
        r#"chat_http_requests_total{method="GET",route="/api/users/{id}",status="404"} 1"#,
        r#"chat_http_requests_total{method="GET",route="/api/users/{id}",status="418"} 1"#,
        r#"chat_http_request_duration_seconds_count{method="GET",route="/api/users/{id}"} 2"#,
        r#"chat_commands_total{command="SendMessage",outcome="done"} 1"#,
        "chat_append_batch_events_sum 3.0",
        "chat_append_duration_seconds_count 1",
        "chat_append_queue_items 2",
        "chat_append_queue_capacity 4096",
        r#"chat_dependency_up{part="shared"} 0"#,
        r#"chat_rate_limited_total{kind="logins",by="address"} 1"#,
        r#"chat_projection_lag_events{model="timeline"} 7"#,
        r#"chat_projection_lag_seconds{model="timeline"} 0.5"#,
        r#"chat_parked_events{model="timeline"} 1"#,
        "chat_relay_lag_events 0",
        "chat_relay_lag_seconds 0.0",
        r#"chat_skipped_records_total{topic="user.events"} 1"#,
        "chat_streams_open 1",
        "chat_stream_deliveries_total 4",
    ] {
        assert!(text.lines().any(|written| written == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn a_process_is_named_by_what_it_carries() {
    let named = |set: &'static [(&str, &str)]| {
        let look_up = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        service(&Settings::read(&Sources::gather(&AllFlags::default(), look_up).expect("settings")).expect("settings"))
    };
    assert_eq!(named(&[]), "bigtech-chat");
    assert_eq!(named(&[("CHAT_CONTEXTS", "chat"), ("CHAT_ROLES", "command,query")]), "chat");
    assert_eq!(named(&[("CHAT_ROLES", "relay")]), "relay");
    assert_eq!(named(&[("CHAT_ROLES", "relay,projector"), ("CHAT_CONTEXTS", "chat")]), "bigtech-chat");
}

#[test]
fn a_caught_panic_does_not_pass() {
    assert_eq!(catching(|| 7), Ok(7));
    assert!(catching(|| -> u8 { panic!("on purpose") }).is_err());
}
