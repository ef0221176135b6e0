//! `bigtech-chat health`: asks a running process whether it is ready, where there is neither a shell nor curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use axum::http::uri::Scheme;
use axum::http::{Request, StatusCode, Uri, header};
use bytes::Bytes;
use futures::future::join;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Outcome, on_runtime};
use crate::config::{Settings, wait};
use crate::http::addresses;

const READY: &str = "/health/ready";
const HTTP: u16 = 80;
/// Bytes of an answer.
const LONGEST: usize = 64 * 1024;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Ask this port of this machine, instead of the first that the settings name
    #[arg(long, conflicts_with = "url")]
    port: Option<u16>,
    /// Ask here: http://HOST:PORT, or with a path other than /health/ready
    #[arg(long)]
    url: Option<Uri>,
    /// For the answer
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = wait)]
    within: Duration,
}

/// Exits 0 when it is ready; else it says why not and exits 1.
#[allow(clippy::print_stdout)]
pub(super) fn run(settings: &Settings, args: Args) -> Outcome {
    let (host, path) = match &args.url {
        Some(url) => named(url)?,
        None => (own(settings, args.port)?.to_string(), READY.to_owned()),
    };
    on_runtime(settings, async move {
        let asked = timeout(args.within, ask(&host, &path)).await;
        let asked = asked.unwrap_or_else(|_| Err(format!("no answer within {:?}", args.within).into()));
        let (status, answer) = asked.map_err(|why| format!("http://{host}{path}: {why}"))?;
        if status != StatusCode::OK {
            return Err(format!("http://{host}{path}: {status}: {answer}").into());
        }
        println!("{answer}");
        Ok(ExitCode::SUCCESS)
    })
}

/// The first port of a process with these settings, as it is reached from this machine.
fn own(settings: &Settings, port: Option<u16>) -> Result<SocketAddr, Failure> {
    let (_, mut address) = addresses(settings).into_iter().next().ok_or("the settings name no port")?;
    address.set_port(port.unwrap_or(address.port()));
    if address.ip().is_unspecified() {
        let loopback = |v4| if v4 { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) };
        address.set_ip(loopback(address.is_ipv4()));
    }
    Ok(address)
}

/// Where to connect to, and what to ask for.
fn named(url: &Uri) -> Result<(String, String), Failure> {
    let authority = url.authority().filter(|_| url.scheme() == Some(&Scheme::HTTP));
    let authority = authority.ok_or_else(|| format!("--url {url}: http://HOST:PORT is expected"))?;
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let host = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(HTTP));
    Ok((host, if path == "/" { READY.to_owned() } else { path.to_owned() }))
}

async fn ask(host: &str, path: &str) -> Result<(StatusCode, String), Failure> {
    let socket = TcpStream::connect(host).await?;
    let (mut sender, connection) = handshake(TokioIo::new(socket)).await?;
    let request =
        Request::get(path).header(header::HOST, host).header(header::CONNECTION, "close").body(Empty::<Bytes>::new())?;
    let asking = async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LONGEST).collect().await?.to_bytes();
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    };
    // The connection is driven until the answer is there; what it broke with, the answer says.
    let (answer, _) = join(asking, connection).await;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AllFlags, Sources};

    fn settings(set: &'static [(&str, &str)]) -> Settings {
        let look_up = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        Settings::read(&Sources::gather(&AllFlags::default(), look_up).expect("settings")).expect("settings")
    }

    #[test]
    fn the_first_port_of_the_settings_is_asked_on_this_machine() {
        let own = |set, port| own(&settings(set), port).expect("a port").to_string();
        assert_eq!(own(&[], None), "127.0.0.1:8000");
        assert_eq!(own(&[("CHAT_HOST", "0.0.0.0"), ("CHAT_LISTEN", "operations")], None), "127.0.0.1:8009");
        assert_eq!(own(&[("CHAT_HOST", "::"), ("CHAT_PORT_OFFSET", "10")], None), "[::1]:8010");
        let one = &[("CHAT_HOST", "10.0.0.7"), ("CHAT_LISTEN", "contexts"), ("CHAT_CONTEXTS", "chat")];
        assert_eq!(own(one, None), "10.0.0.7:8002");
        assert_eq!(own(one, Some(1)), "10.0.0.7:1");
    }

    #[test]
    fn a_url_names_a_host_and_maybe_a_path() {
        let read = |url: &str| named(&url.parse().expect("a URI")).map_err(|why| why.to_string());
        let ok = |host: &str, path: &str| Ok((host.to_owned(), path.to_owned()));
        assert_eq!(read("http://chat:8000"), ok("chat:8000", READY));
        assert_eq!(read("http://[::1]/health?x=1"), ok("[::1]:80", "/health?x=1"));
        for wrong in ["https://chat", "chat:8000", "/health"] {
            assert!(read(wrong).is_err_and(|why| why.contains("http://HOST:PORT is expected")), "{wrong}");
        }
    }
}
