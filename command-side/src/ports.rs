//! What the write side needs from the world. `infra` answers; only `infra` knows with what.

mod accounts;
mod images;
mod meter;
mod older;
mod personal;
pub mod processes;
pub mod relay;
mod replies;
mod store;
mod ties;

pub use accounts::{
    Account, Claims, Credentials, NewSession, Passwords, Rotation, Session, Sessions, Throttle, TokenPair, Tokens,
};
pub use images::{Images, Picture, Pictures, Shown, Unfit};
pub use meter::Meter;
pub use older::{
    AppendPast, Older, OlderFriendship, OlderMessage, OlderRead, OlderRoom, OlderRooms, OlderSince, OlderUser, TimeFrom,
};
pub use personal::{Digests, Holder, Vault};
pub use replies::{People, Person, RoomGlance, Written};
pub use store::{
    Append, AppendError, Appended, Claim, ClaimKind, Conflict, Credential, Digest, History, Item, KeyUse, Keys, Past,
    Snapshot, Snapshots,
};
pub use ties::Ties;

/// The part of the world behind a port is away; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);
