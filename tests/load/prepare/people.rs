//! People who are signed in.

use std::net::SocketAddr;
use std::process;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use crate::client::api::{Answer, Api};
use crate::error::Error;

pub(crate) const PASSWORD: &str = "Load-test-1!";
/// Registrations at a time; more only queue for the server's password hashing.
const AT_A_TIME: usize = 4;

/// Tells this run's people from those of earlier runs on the same store.
static RUN: LazyLock<String> = LazyLock::new(|| {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}p{:x}", since.as_millis(), process::id())
});

pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) token: String,
    refresh: String,
}

/// Registers and signs in `count` people.
pub(crate) async fn sign_up(address: SocketAddr, count: usize) -> Result<Vec<Person>, Error> {
    let one = |n| async move {
        let mut api = Api::open(address).await?;
        let name = name("user", n);
        register(&mut api, &name).await?;
        log_in(&mut api, &name).await
    };
    stream::iter(0..count).map(one).buffered(AT_A_TIME).try_collect().await
}

/// Exchanges every refresh token, for runs that outlive the access tokens.
pub(crate) async fn renew(address: SocketAddr, people: &mut [Person]) -> Result<(), Error> {
    let mut api = Api::open(address).await?;
    for person in people {
        let body = json!({ "refresh_token": person.refresh });
        let answer = api.post_openly("/api/auth/refresh", &body).await?;
        person.token = answer.text("access_token")?;
        person.refresh = answer.text("refresh_token")?;
    }
    Ok(())
}

/// A name that nobody else has, one word for the search.
pub(crate) fn name(kind: &str, n: usize) -> String {
    format!("{kind}{n}x{}", *RUN)
}

pub(crate) async fn register(api: &mut Api, name: &str) -> Result<Answer, Error> {
    let mut body = credentials(name);
    body["nickname"] = json!(name);
    api.post_openly("/api/auth/register", &body).await
}

pub(crate) async fn log_in(api: &mut Api, name: &str) -> Result<Person, Error> {
    let answer = api.post_openly("/api/auth/login", &credentials(name)).await?;
    Ok(Person {
        id: answer.text("user_id")?,
        token: answer.text("access_token")?,
        refresh: answer.text("refresh_token")?,
    })
}

fn credentials(name: &str) -> Value {
    json!({ "email": format!("{name}@example.com"), "password": PASSWORD })
}
