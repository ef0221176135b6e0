//! How spans are sent: by plain HTTP, from the exporter's own thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};

const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Post {
    agent: ureq::Agent,
    /// So that only a change is logged.
    was_away: AtomicBool,
}

impl Default for Post {
    fn default() -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false);
        Self { agent: config.build().new_agent(), was_away: AtomicBool::new(false) }
    }
}

impl Post {
    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
        let (head, body) = request.into_parts();
        let (head, mut body) = self.agent.run(Request::from_parts(head, body.to_vec()))?.into_parts();
        Ok(Response::from_parts(head, body.read_to_vec()?.into()))
    }
}

#[async_trait]
impl HttpClient for Post {
    /// Blocks: nothing else is done by that thread. What can not be sent is lost: traces are not worth memory.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.send(request);
        let reason = match &answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(answer.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        let was_away = self.was_away.swap(reason.is_some(), Ordering::Relaxed);
        match reason {
            Some(reason) if !was_away => tracing::warn!(reason, "traces are lost: the receiver does not take them"),
            None if was_away => tracing::info!("the receiver takes traces again"),
            _ => {}
        }
        Ok(answer?)
    }
}
