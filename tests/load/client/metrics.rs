//! A figure that the server itself publishes.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::connection::Connection;
use super::request::Request;
use crate::error::Error;

const PATIENCE: Duration = Duration::from_secs(10);
/// How far each is behind that folds the log: read models, and process managers.
const LAG: &str = "chat_projection_lag_events";
const MODELS: [&str; 2] =
    ["chat_projection_lag_events{model=\"directory\"}", "chat_projection_lag_events{model=\"timeline\"}"];
/// After this the others are not waited for: the server folds none.
const SILENCE: Duration = Duration::from_secs(5);

/// The sum of a metric over its labels, or nothing where the server has no such metric.
pub(crate) async fn read(address: SocketAddr, name: &str) -> Result<Option<f64>, Error> {
    let values = values(&text(address).await?, name);
    Ok((!values.is_empty()).then(|| values.iter().sum()))
}

async fn text(address: SocketAddr) -> Result<String, Error> {
    let request = Request::render("GET", "/metrics", None, None, "");
    let mut connection = Connection::open(address).await?;
    let reply = timeout(PATIENCE, connection.exchange(request.bytes()))
        .await
        .map_err(|_| Error::TimedOut("GET /metrics"))??;
    Ok(String::from_utf8_lossy(&reply.body).into_owned())
}

/// A metric, for each of its labels, or for those that stand behind its name.
fn values(text: &str, name: &str) -> Vec<f64> {
    let value = |line: &str| {
        let rest = line.strip_prefix(name)?;
        let ours = rest.starts_with(['{', ' ']);
        ours.then(|| rest.rsplit(' ').next()?.parse().ok())?
    };
    text.lines().filter_map(value).collect()
}

/// Waits until the read models have everything; true if they got there within `limit`. One that has not told of itself yet has not.
pub(crate) async fn settled(address: SocketAddr, limit: Duration) -> Result<bool, Error> {
    let began = Instant::now();
    while began.elapsed() < limit {
        let text = text(address).await?;
        let all_told = MODELS.iter().all(|model| !values(&text, model).is_empty()) || began.elapsed() > SILENCE;
        if all_told && values(&text, LAG).iter().all(|lag| *lag == 0.0) {
            return Ok(true);
        }
        sleep(Duration::from_millis(100)).await;
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_value_for_each_label_and_other_names_are_left_out() {
        let text = "# HELP a x\na{l=\"1\"} 2\na{l=\"2\"} 3\na_total 9\n";
        assert_eq!(values(text, "a"), [2.0, 3.0]);
        assert_eq!(values(text, "a{l=\"2\"}"), [3.0]);
        assert!(values(text, "b").is_empty());
    }
}
