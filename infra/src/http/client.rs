//! Where a request came from: what the connection says, or, behind proxies that are listed, what these say.
//!
//! Nothing here makes addresses of its own for clients (links are relative), so `X-Forwarded-Proto` and `-Host` are not read at all.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies that are believed.
#[derive(Clone, Debug)]
pub(super) struct Proxies(Vec<IpNet>);

impl Proxies {
    pub(super) const fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// The client of a request that came from `peer`: the nearest address that is none of a listed proxy. What stands behind it may be
    /// anybody's invention. A proxy that names nobody is the client itself.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.believes(client) {
            return client;
        }
        for hop in hops(headers) {
            let Some(hop) = hop else { break };
            client = hop;
            if !self.believes(client) {
                break;
            }
        }
        client
    }

    fn believes(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Who passed the request on, the nearest first; nothing where one can not be told. `Forwarded` (RFC 7239) counts only where there is no
/// `X-Forwarded-For`: proxies that write the latter pass the former on as it came.
fn hops(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let (name, read): (_, fn(&str) -> Option<IpAddr>) =
        if headers.contains_key(X_FORWARDED_FOR) { (X_FORWARDED_FOR, address) } else { (FORWARDED, forwarded_for) };
    let lists = headers.get_all(name).into_iter().rev();
    lists.flat_map(|list| list.to_str().unwrap_or_default().rsplit(',')).map(read)
}

fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    address(value.trim_matches('"'))
}

/// With or without a port, an address of IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse().map(|address: SocketAddr| address.ip());
    bare.parse().or_else(|_| with_port()).ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[(HeaderName, &str)]) -> String {
        let proxies = Proxies(["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().expect("a network")).to_vec());
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().expect("a value")));
        let headers = headers.fold(HeaderMap::new(), |mut all, (name, value)| {
            all.append(name, value);
            all
        });
        proxies.client(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn who_is_no_listed_proxy_is_the_client_whatever_they_say() {
        for headers in [[(X_FORWARDED_FOR, "1.1.1.1")], [(FORWARDED, "for=1.1.1.1")]] {
            assert_eq!(client("192.0.2.1", &headers), "192.0.2.1");
        }
    }

    #[test]
    fn behind_listed_proxies_the_nearest_address_that_is_none_of_them_is_the_client() {
        for (said, is) in [
            ("192.0.2.7", "192.0.2.7"),
            ("6.6.6.6, 192.0.2.7", "192.0.2.7"),
            ("6.6.6.6,192.0.2.7:4711 , 10.1.2.3", "192.0.2.7"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("2001:db8::1, fd00::1", "2001:db8::1"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("10.9.9.9", "10.9.9.9"),
            ("192.0.2.7, unknown", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(client("10.0.0.1", &[(X_FORWARDED_FOR, said)]), is, "{said}");
        }
        let (one, other) = ((X_FORWARDED_FOR, "6.6.6.6"), (X_FORWARDED_FOR, "192.0.2.7, 10.0.0.2"));
        assert_eq!(client("::ffff:10.0.0.1", &[one, other]), "192.0.2.7", "a header in two lines is one list");
    }

    #[test]
    fn the_standard_header_says_the_same_where_there_is_no_other() {
        for (said, is) in [
            ("for=192.0.2.7", "192.0.2.7"),
            (r#"for=6.6.6.6, For="[2001:db8::1]:4711";proto=https;by=10.0.0.1"#, "2001:db8::1"),
            ("proto=https; for=\"192.0.2.7:80\"", "192.0.2.7"),
            ("for=192.0.2.7, for=_hidden", "10.0.0.1"),
            ("for=192.0.2.7, proto=https", "10.0.0.1"),
        ] {
            assert_eq!(client("10.0.0.1", &[(FORWARDED, said)]), is, "{said}");
        }
        let both = [(FORWARDED, "for=6.6.6.6"), (X_FORWARDED_FOR, "192.0.2.7")];
        assert_eq!(client("10.0.0.1", &both), "192.0.2.7");
    }
}
