//! Going through a stream from its first event to a version or a time.

use domain::stored::Raw;
use domain::{Envelope, StreamId, Timestamp, Version};

use crate::ports::{History, Unavailable};

/// How many events are read at a time.
const PAGE: u32 = 500;

/// The last event that is of interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum At {
    /// The newest there is.
    #[default]
    End,
    Version(Version),
    /// The last one that was recorded by then.
    Time(Timestamp),
}

impl At {
    fn includes(self, event: &Envelope<Raw>) -> bool {
        match self {
            Self::End => true,
            Self::Version(version) => event.version <= version,
            Self::Time(time) => event.recorded_at <= time,
        }
    }
}

impl std::str::FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let version = text.parse().ok().map(Self::Version);
        let at = version.or_else(|| Timestamp::parse(text).map(Self::Time));
        at.ok_or_else(|| "neither a version nor an RFC 3339 time".to_owned())
    }
}

/// Why nothing was gone through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfound {
    #[error("there is no {0}")]
    Unknown(StreamId),
    #[error("{0}")]
    Unavailable(String),
}

/// Gives the events of `stream` up to `at`, page by page, to `take`.
///
/// # Errors
/// There is no such stream, or the store is away, or `take` has failed.
pub async fn walk<E: From<Unfound>>(
    history: &dyn History,
    stream: StreamId,
    at: At,
    mut take: impl AsyncFnMut(Vec<Envelope<Raw>>) -> Result<(), E>,
) -> Result<(), E> {
    let mut version = 0;
    loop {
        let away = |Unavailable(why)| Unfound::Unavailable(why);
        let mut page = history.page(stream, version, PAGE).await.map_err(away)?;
        if page.is_empty() {
            return if version == 0 { Err(Unfound::Unknown(stream).into()) } else { Ok(()) };
        }
        let is_over = !page.last().is_some_and(|last| at.includes(last));
        version = page.last().map_or(version, |last| last.version);
        page.retain(|event| at.includes(event));
        take(page).await?;
        if is_over {
            return Ok(());
        }
    }
}
