//! A figure that the server itself publishes.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::connection::Connection;
use super::request::Request;
use crate::error::Error;

const PATIENCE: Duration = Duration::from_secs(10);

/// The sum of a metric over its labels, or nothing where the server has no such metric.
pub(crate) async fn read(address: SocketAddr, name: &str) -> Result<Option<f64>, Error> {
    let request = Request::render("GET", "/metrics", None, None, "");
    let mut connection = Connection::open(address).await?;
    let reply = timeout(PATIENCE, connection.exchange(request.bytes()))
        .await
        .map_err(|_| Error::TimedOut("GET /metrics"))??;
    Ok(sum(&String::from_utf8_lossy(&reply.body), name))
}

fn sum(text: &str, name: &str) -> Option<f64> {
    let values = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let ours = rest.starts_with(['{', ' ']);
        ours.then(|| rest.rsplit(' ').next()?.parse::<f64>().ok())?
    });
    values.fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

/// Waits until the read models have everything; true if they got there within `limit`.
pub(crate) async fn settled(address: SocketAddr, limit: Duration) -> Result<bool, Error> {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        match read(address, "chat_projection_lag_events").await? {
            Some(lag) if lag > 0.0 => sleep(Duration::from_millis(100)).await,
            _ => return Ok(true),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_summed_and_other_names_left_out() {
        let text = "# HELP a x\na{l=\"1\"} 2\na{l=\"2\"} 3\na_total 9\n";
        assert_eq!(sum(text, "a"), Some(5.0));
        assert_eq!(sum(text, "b"), None);
    }
}
