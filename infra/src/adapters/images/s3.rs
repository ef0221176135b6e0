//! A bucket of an S3-compatible store, from a URL.

use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use percent_encoding::percent_decode_str;

/// For one request, and for all tries together: whoever waits for an image does not wait longer.
const PATIENCE: Duration = Duration::from_secs(5);
const CONNECTING: Duration = Duration::from_secs(2);
const RETRIES: usize = 2;

/// A URL that leads to no bucket, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("images: {0}")]
pub(super) struct NotS3(String);

/// Opens `s3://bucket[/prefix][?endpoint=…&region=…&access_key_id=…&secret_access_key=…]`: any parameter of object_store's
/// S3 client; what is not given is taken from the environment (`AWS_ACCESS_KEY_ID`, `AWS_REGION` …), as other programs do.
///
/// # Errors
/// There is no bucket, no such parameter, or a parameter that has no sense.
pub(super) fn open(url: &str) -> Result<impl ObjectStore, NotS3> {
    let rest = url.strip_prefix("s3://").ok_or_else(|| NotS3("s3://bucket is expected".to_owned()))?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        return Err(NotS3("s3://bucket is expected".to_owned()));
    }
    // Without a word the client would look for one; who comes second finds the same.
    rustls::crypto::ring::default_provider().install_default().ok();
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retries());
    let options = ClientOptions::new().with_timeout(PATIENCE).with_connect_timeout(CONNECTING);
    let mut is_plain = false;
    for (name, value) in query.split('&').filter_map(|parameter| parameter.split_once('=')) {
        let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
        let key: AmazonS3ConfigKey = name.parse().map_err(|_| NotS3(format!("there is no parameter {name}")))?;
        is_plain |= key == AmazonS3ConfigKey::Endpoint && value.starts_with("http://");
        builder = builder.with_config(key, value);
    }
    let builder = builder.with_client_options(options.with_allow_http(is_plain));
    let bucket = builder.build().map_err(|error| NotS3(error.to_string()))?;
    let prefix = Path::parse(prefix.trim_end_matches('/')).map_err(|error| NotS3(error.to_string()))?;
    Ok(PrefixStore::new(bucket, prefix))
}

fn retries() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: RETRIES, retry_timeout: PATIENCE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_bucket_and_parameters_that_there_are() {
        let keys = "access_key_id=a&secret_access_key=b&region=eu-central-1";
        assert!(open(&format!("s3://chat/images/?endpoint=http://127.0.0.1:9000&{keys}")).is_ok());
        let why = |url: &str| open(url).map(|_| ()).expect_err("refused").to_string();
        assert_eq!(why("s3://?region=x"), "images: s3://bucket is expected");
        assert_eq!(why("s3://chat?colour=red"), "images: there is no parameter colour");
    }
}
