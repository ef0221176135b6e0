//! Where the brokers are, and how they are spoken to.

use std::fmt;

use percent_encoding::percent_decode_str;
use rdkafka::ClientConfig;

use crate::config::masked;

/// What the guarantees rest on: nobody sets it from outside.
const OURS: [&str; 12] = [
    "acks",
    "auto.offset.reset",
    "bootstrap.servers",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "group.id",
    "group.instance.id",
    "message.timeout.ms",
    "partitioner",
    "request.required.acks",
];

/// `kafka://[user:password@]host:port,host:port[?property=value&…]`: any property of librdkafka but [`OURS`]; and of ours `prefix`
/// (before each topic's name) and `replication` (of topics that are made).
#[derive(Clone)]
pub struct KafkaUrl {
    text: String,
    brokers: String,
    prefix: String,
    replication: Option<i32>,
    generation: u32,
    properties: Vec<(String, String)>,
}

/// A URL that leads to no brokers, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event_log: {0}")]
pub struct NotKafka(String);

impl fmt::Debug for KafkaUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.text))
    }
}

impl KafkaUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// It names no brokers, or a property that is not to be set or that this build can not do.
    pub fn read(text: &str) -> Result<Self, NotKafka> {
        let rest = text.strip_prefix("kafka://").ok_or_else(|| NotKafka("kafka://host:port is expected".to_owned()))?;
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (user, brokers) = before.rsplit_once('@').map_or((None, before), |(user, brokers)| (Some(user), brokers));
        let brokers = brokers.trim_end_matches('/');
        if brokers.is_empty() || brokers.split(',').any(|broker| !is_broker(broker)) {
            return Err(NotKafka("each broker is host:port".to_owned()));
        }
        let mut url = Self {
            text: text.to_owned(),
            brokers: brokers.to_owned(),
            prefix: String::new(),
            replication: None,
            generation: 1,
            properties: vec![],
        };
        if let Some((user, password)) = user.and_then(|user| user.split_once(':')) {
            url.properties.push(("sasl.username".to_owned(), decoded(user)));
            url.properties.push(("sasl.password".to_owned(), decoded(password)));
        }
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            url.take(&decoded(name), decoded(value))?;
        }
        Ok(url)
    }

    fn take(&mut self, name: &str, value: String) -> Result<(), NotKafka> {
        match name {
            "prefix" => self.prefix = value,
            "replication" => {
                let number = value.parse().ok().filter(|number| (1..=9).contains(number));
                self.replication =
                    Some(number.ok_or_else(|| NotKafka("replication is a number from 1 to 9".to_owned()))?);
            }
            _ if OURS.contains(&name) => {
                return Err(NotKafka(format!("{name} can not be set: it is what the log rests on")));
            }
            "security.protocol" if !value.eq_ignore_ascii_case("plaintext") && !cfg!(feature = "kafka-tls") => {
                return Err(NotKafka(format!(
                    "{name}={value} needs a build with TLS: cargo build --release --features infra/kafka-tls"
                )));
            }
            _ => self.properties.push((name.to_owned(), value)),
        }
        Ok(())
    }

    /// What every client of these brokers begins with.
    #[must_use]
    pub fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("client.id", "bigtech-chat");
        // A broker that comes back is used again soon; one that is away is not asked without a pause.
        config.set("reconnect.backoff.ms", "50").set("reconnect.backoff.max.ms", "1000");
        // What a broker never answers (it was paused, or its answer was lost) is asked again after this, and not after a minute.
        config.set("socket.timeout.ms", "10000");
        config.set("socket.keepalive.enable", "true");
        // Whoever subscribes before a broker has heard of a topic that was just made is given nothing until it looks again.
        config.set("topic.metadata.refresh.interval.ms", "5000");
        for (name, value) in &self.properties {
            config.set(name, value);
        }
        config
    }

    /// The topics after so many adoptions less one: what lies in earlier ones holds no more.
    #[must_use]
    pub fn of_generation(self, generation: u32) -> Self {
        Self { generation, ..self }
    }

    /// The name of a topic, or a group, on the brokers.
    #[must_use]
    pub fn topic(&self, name: &str) -> String {
        match self.generation {
            1 => format!("{}{name}", self.prefix),
            later => format!("{}{name}.{later}", self.prefix),
        }
    }

    /// The brokers that are named, each host:port.
    pub fn brokers(&self) -> impl Iterator<Item = &str> {
        self.brokers.split(',')
    }

    /// Whether what is said to the brokers is encrypted.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        let secure = |value: &str| value.eq_ignore_ascii_case("ssl") || value.eq_ignore_ascii_case("sasl_ssl");
        self.properties.iter().any(|(name, value)| name == "security.protocol" && secure(value))
    }

    /// How many copies a topic that is made gets, of `brokers` that are there.
    #[must_use]
    pub fn replication(&self, brokers: usize) -> i32 {
        self.replication.unwrap_or_else(|| i32::try_from(brokers.clamp(1, 3)).unwrap_or(1))
    }
}

fn is_broker(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_brokers_and_properties() {
        let url = KafkaUrl::read("kafka://a:1,b:2?prefix=x.&replication=2&socket.timeout.ms=9").expect("a URL");
        assert_eq!(url.config().get("bootstrap.servers"), Some("a:1,b:2"));
        assert_eq!(url.config().get("socket.timeout.ms"), Some("9"));
        assert_eq!((url.topic("t"), url.replication(3)), ("x.t".to_owned(), 2));
        assert_eq!(url.of_generation(2).topic("t"), "x.t.2");
    }

    #[test]
    fn what_the_log_rests_on_can_not_be_set() {
        for text in
            ["kafka://", "kafka://a", "kafka://a:1,", "kafka://a:1?acks=1", "kafka://a:1?enable.idempotence=false"]
        {
            assert!(KafkaUrl::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url = KafkaUrl::read("kafka://ann:s%40crit@a:1?sasl.mechanism=PLAIN").expect("a URL");
        assert_eq!(url.config().get("sasl.password"), Some("s@crit"));
        assert!(!format!("{url:?}").contains("crit"));
    }
}
