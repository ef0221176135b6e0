//! What waiting does not mend, in words that say which setting it is about and what to do.

use std::error::Error;

use super::Failure;

/// A refusal that says already what it is about.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refusal(String);

/// `reason` with the name of the setting that it is about, and what to do if that can be told.
pub fn refused(setting: &str, reason: Failure) -> Failure {
    if reason.is::<Refusal>() {
        return reason;
    }
    let what = match reason.downcast_ref::<mongodb::error::Error>() {
        // The rest of what it says is for programmers.
        Some(error) => error.kind.to_string(),
        None => reason.to_string(),
    };
    let advice = advice(&*reason).map(|advice| format!(": {advice} CHAT_{}", setting.to_uppercase()));
    Refusal(format!("{setting}: {what}{}", advice.unwrap_or_default())).into()
}

/// What to do; the name of a setting follows.
fn advice(mut error: &(dyn Error + 'static)) -> Option<&'static str> {
    loop {
        if let Some(advice) = error.downcast_ref().and_then(of_sql) {
            return Some(advice);
        }
        if error.downcast_ref().is_some_and(is_of_redis_login) || error.downcast_ref().is_some_and(is_of_mongodb_login)
        {
            return Some(LOGIN);
        }
        if error.is::<rdkafka::error::KafkaError>() {
            return Some("check the properties in");
        }
        error = error.source()?;
    }
}

const LOGIN: &str = "check user and password in";

fn of_sql(error: &sqlx::Error) -> Option<&'static str> {
    match error {
        sqlx::Error::Configuration(_) => Some("check"),
        sqlx::Error::Tls(_) => Some("check whether the server has TLS, and the certificate that is trusted in"),
        sqlx::Error::Database(said) => match &*said.code()? {
            "28000" | "28P01" => Some(LOGIN),
            "3D000" | "42000" => Some("make the database, or name another in"),
            _ => None,
        },
        _ => None,
    }
}

fn is_of_redis_login(error: &redis::RedisError) -> bool {
    error.kind() == redis::ErrorKind::AuthenticationFailed || matches!(error.code(), Some("NOAUTH" | "WRONGPASS"))
}

fn is_of_mongodb_login(error: &mongodb::error::Error) -> bool {
    matches!(*error.kind, mongodb::error::ErrorKind::Authentication { .. })
}
