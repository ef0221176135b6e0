use std::time::Duration;

use axum::http::{Method, StatusCode};
use command_side::ports::Meter as _;
use projections::ports::Meter as _;
use query_side::ports::Meter as _;

use super::{Metrics, catching};

#[test]
fn everything_is_written_under_the_agreed_names() {
    let metrics = Metrics::default();
    metrics.route("/api/users/{id}").count(&Method::GET, StatusCode::NOT_FOUND, Duration::from_millis(3));
    metrics.route("/api/users/{id}").count(&Method::GET, StatusCode::IM_A_TEAPOT, Duration::from_millis(3));
    metrics.command("SendMessage", "done");
    metrics.batch(3, Duration::from_micros(250));
    metrics.lag("timeline", 7, 0.5);
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
        r#"chat_projection_lag_events{model="timeline"} 7"#,
        r#"chat_projection_lag_seconds{model="timeline"} 0.5"#,
        r#"chat_parked_events{model="timeline"} 1"#,
        "chat_relay_lag_events 0",
        "chat_relay_lag_seconds 0.0",
        "chat_streams_open 1",
        "chat_stream_deliveries_total 4",
    ] {
        assert!(text.lines().any(|written| written == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn a_caught_panic_does_not_pass() {
    assert_eq!(catching(|| 7), Ok(7));
    assert!(catching(|| -> u8 { panic!("on purpose") }).is_err());
}
