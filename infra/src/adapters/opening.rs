//! Opening what may not be there yet.

mod refusal;

use std::error::Error;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use command_side::ports::Unavailable;
use futures::future::BoxFuture;
use tokio::sync::watch;

pub use refusal::refused;

/// How long to wait before a server that is away is tried again.
const PAUSE: Duration = Duration::from_secs(1);

type Failure = Box<dyn Error + Send + Sync>;

/// Opens `part` as soon as its server answers; says once that it waits.
///
/// # Errors
/// What waiting does not mend: wrong credentials, a schema that does not fit.
pub async fn patiently<T>(part: &str, mut open: impl AsyncFnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let mut is_told = false;
    loop {
        match open().await {
            Err(reason) if is_away(&*reason) => {
                if !is_told {
                    tracing::warn!(part, %reason, "waiting for a server");
                    is_told = true;
                }
                tokio::time::sleep(PAUSE).await;
            }
            Err(reason) => return Err(refused(part, reason)),
            Ok(opened) => return Ok(opened),
        }
    }
}

/// `error` with the name of the part that it is about.
pub fn named(part: &str, error: &(impl Display + ?Sized)) -> Failure {
    format!("{part}: {error}").into()
}

/// Whether a server does not answer, or not yet: as opposed to one that answers no.
pub fn is_away(error: &(dyn Error + Send + Sync + 'static)) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if error.downcast_ref().is_some_and(is_absence) || error.downcast_ref().is_some_and(is_silence) {
            return true;
        }
        if error.is::<NotYet>() || error.downcast_ref().is_some_and(is_of_brokers) {
            return true;
        }
        if let Some(error) = error.downcast_ref::<mongodb::error::Error>()
            && is_selection(error)
        {
            return true;
        }
        next = error.source();
    }
    false
}

/// A server that shuts down or starts (57P01 to 57P03), or has no seat left (53300; MySQL's 1040).
fn is_absence(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => !is_refusal(error),
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| ["57P01", "57P02", "57P03", "53300", "08004"].contains(&&*code))
        }
        _ => false,
    }
}

/// What waiting does not mend: a certificate that is not trusted, a socket that is not to be used. A name that is not known may be
/// that of a server which comes later.
fn is_refusal(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::PermissionDenied)
}

fn is_silence(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::TimedOut
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
    )
}

fn is_of_brokers(error: &rdkafka::error::KafkaError) -> bool {
    use rdkafka::error::KafkaError::{ClientConfig, ClientCreation};
    !matches!(error, ClientConfig(..) | ClientCreation(_))
}

/// A server that is there and can not do it yet.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotYet(pub String);

/// A server that was there a moment ago, and is away again.
impl From<Unavailable> for NotYet {
    fn from(away: Unavailable) -> Self {
        Self(away.0)
    }
}

fn is_selection(error: &mongodb::error::Error) -> bool {
    use mongodb::error::ErrorKind;
    matches!(
        *error.kind,
        ErrorKind::ServerSelection { .. } | ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. }
    )
}

/// Something that is there as soon as its server answers.
pub struct Eventually<T: ?Sized>(watch::Receiver<Option<Arc<T>>>);

impl<T: ?Sized> Clone for Eventually<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Send + Sync + ?Sized + 'static> Eventually<T> {
    /// Something that is there already.
    #[must_use]
    pub fn now(value: Arc<T>) -> Self {
        Self(watch::Sender::new(Some(value)).subscribe())
    }

    /// What `open` opens, tried again until its server answers. The future does it: it ends well, or when what it met is not
    /// mended by waiting.
    pub fn open(
        part: &'static str,
        open: impl AsyncFnMut() -> Result<Arc<T>, Failure> + Send + 'static,
    ) -> (Self, impl Future<Output = Result<(), Failure>>) {
        let sender = watch::Sender::new(None);
        let receiver = sender.subscribe();
        let opening = async move {
            let opened = patiently(part, open).await?;
            sender.send_replace(Some(opened));
            Ok(())
        };
        (Self(receiver), opening)
    }

    /// It, if it is there.
    #[must_use]
    pub fn get(&self) -> Option<Arc<T>> {
        self.0.borrow().clone()
    }

    /// It, once it is there; never, if it can not be.
    pub async fn wait(&self) -> Arc<T> {
        let mut receiver = self.0.clone();
        if let Ok(opened) = receiver.wait_for(Option::is_some).await
            && let Some(opened) = opened.clone()
        {
            return opened;
        }
        std::future::pending().await
    }
}

/// What runs beside; an error ends the process.
pub type Beside = BoxFuture<'static, Result<(), Failure>>;

/// Work that nothing can go wrong with, as what runs beside.
pub fn endless(work: impl Future<Output = ()> + Send + 'static) -> Beside {
    Box::pin(async {
        work.await;
        Ok(())
    })
}
