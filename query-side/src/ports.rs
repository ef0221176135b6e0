//! What the read side needs from the world, besides the log ([`projections::ports::Log`]).

mod directory;
mod freshness;
mod images;
mod inboxes;
mod live;
mod models;
mod notices;
mod presence;
mod timeline;
mod words;

pub use command_side::ports::Unavailable;
pub use directory::{
    Directory, Friendships, Looked, Match, Other, Part, Request, Requests, RoomShape, Rooms, Search, Users,
};
pub use freshness::{Freshness, LastWrite};
pub use images::Images;
pub use inboxes::{InboxChange, InboxNotice, InboxNotices, InboxState, Inboxes};
pub use live::{Meter, Sessions, Watched};
pub use models::{ReadModels, Reading};
pub use notices::{Notice, Place, Told};
pub use presence::{Attendance, Heartbeats, News, Presences, Since, Transitions};
pub use timeline::{
    Change, Feed, Mark, Membership, NumberedMessage, Reached, Reader, RoomState, Slice, Stay, Timeline, What,
};
pub use words::{Found, Sought, Within};
