//! Where a part of the world is: in the data folder or this process, or at a URL.

use std::fmt;
use std::fs::File;

use percent_encoding::percent_decode_str;

/// What stands for a secret where a URL is shown.
const MASK: &str = "***";
/// Parameters of URLs that name a file: of PostgreSQL, MySQL, MongoDB and librdkafka.
const FILES: [&str; 13] = [
    "sslrootcert",
    "sslcert",
    "sslkey",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "tlsCAFile",
    "tlsCertificateKeyFile",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.crl.location",
    "ssl.key.location",
    "ssl.keystore.location",
];

/// A word such as `sqlite`, or a URL. Shown without its secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    /// The word, or the scheme of the URL: what adapters are chosen by.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.split_once("://").map_or(&*self.0, |(scheme, _)| scheme)
    }

    /// As it was given, with its secrets.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0
    }

    /// Reads a place that is one of `words`, or a URL of one of `schemes`.
    pub(super) fn one_of(
        words: &'static [&'static str],
        schemes: &'static [&'static str],
    ) -> impl Fn(&str) -> Result<Self, String> {
        move |text| {
            let place = Self(text.to_owned());
            let known = if text.contains("://") { schemes } else { words };
            if known.contains(&place.scheme()) {
                place.names_no_missing_file()?;
                return place.is_at_one_place().map(|()| place);
            }
            let schemes = schemes.iter().map(|scheme| format!("{scheme}://…"));
            let all: Vec<_> = words.iter().map(|word| (*word).to_owned()).chain(schemes).collect();
            Err(format!("{} is expected", all.join(" or ")))
        }
    }
}

impl Place {
    /// A folder that is named from where the process stands is another for each.
    fn is_at_one_place(&self) -> Result<(), String> {
        match self.0.strip_prefix("file://") {
            Some(path) if !path.starts_with('/') => {
                Err(format!("file:///… is expected, and not from somewhere: {path}"))
            }
            _ => Ok(()),
        }
    }

    /// A server that is not there is waited for; a file that is not there is a mistake.
    fn names_no_missing_file(&self) -> Result<(), String> {
        let query = self.0.split_once('?').map_or("", |(_, query)| query);
        for (name, value) in query.split('&').filter_map(|parameter| parameter.split_once('=')) {
            let value = percent_decode_str(value).decode_utf8_lossy();
            // What is no path: a certificate itself, or to look in the usual places.
            let is_path = !value.starts_with("-----BEGIN") && value != "probe";
            if FILES.contains(&name)
                && is_path
                && let Err(error) = File::open(&*value)
            {
                return Err(format!("the file of {name}, {value}, can not be read: {error}"));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.0))
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&masked(&self.0), f)
    }
}

/// `text` without the secrets that a URL carries: the password of its user, and parameters that are named so.
pub(crate) fn masked(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (before, query) = rest.split_once('?').map_or((rest, None), |(before, query)| (before, Some(query)));
    let before = match before.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:{MASK}@{host}"),
            None => before.to_owned(),
        },
        None => before.to_owned(),
    };
    let query = query.map(|query| query.split('&').map(parameter).collect::<Vec<_>>().join("&"));
    format!("{scheme}://{before}{}", query.map(|query| format!("?{query}")).unwrap_or_default())
}

fn parameter(text: &str) -> String {
    match text.split_once('=') {
        Some((name, _)) if ["password", "secret", "token"].iter().any(|word| name.to_lowercase().contains(word)) => {
            format!("{name}={MASK}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_shown_without_its_secrets() {
        let cases = [
            ("sqlite", "sqlite"),
            ("postgres://ann@host/chat", "postgres://ann@host/chat"),
            (
                "postgres://ann:p@ss:w@host/chat?sslpassword=x&sslmode=require",
                "postgres://ann:***@host/chat?sslpassword=***&sslmode=require",
            ),
            ("kafka://a:1,b:2?sasl.username=u&sasl.password=p", "kafka://a:1,b:2?sasl.username=u&sasl.password=***"),
        ];
        for (given, shown) in cases {
            assert_eq!(Place(given.to_owned()).to_string(), shown);
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_a_mistake() {
        let read = Place::one_of(&[], &["postgres", "kafka"]);
        let there =
            concat!("postgres://h/d?sslmode=verify-ca&sslrootcert=", env!("CARGO_MANIFEST_DIR"), "%2FCargo.toml");
        assert!(read(there).is_ok() && read("kafka://h:1?ssl.ca.location=probe").is_ok());
        for missing in ["postgres://h/d?sslrootcert=/no/such.pem", "kafka://h:1?ssl.ca.location=/no/such.pem"] {
            let why = read(missing).expect_err("refused");
            assert!(why.contains("/no/such.pem") && why.contains("No such file"), "{why}");
        }
    }

    #[test]
    fn a_place_is_a_known_word_or_of_a_known_scheme() {
        let read = Place::one_of(&["sqlite"], &["postgres"]);
        assert_eq!(read("sqlite").map(|place| place.scheme().to_owned()), Ok("sqlite".to_owned()));
        assert_eq!(read("postgres://h/d").map(|place| place.scheme().to_owned()), Ok("postgres".to_owned()));
        for wrong in ["", "mysql://h/d", "sqlite://x", "postgres"] {
            assert_eq!(read(wrong), Err("sqlite or postgres://… is expected".to_owned()), "{wrong}");
        }
    }
}
