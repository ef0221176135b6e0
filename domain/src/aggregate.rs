//! What dispatch asks of an aggregate, on top of cqrs-es.

use cqrs_es::Aggregate;
use uuid::Uuid;

use crate::event::Upcast;
use crate::text::TextError;
use crate::{HasPersonal, Kind};

/// An aggregate whose decisions are pure: `decide` may refuse and has no I/O; `apply` never refuses.
pub trait Decide:
    Aggregate<
        Services = (),
        Command: Send + Sync,
        Event: Upcast + HasPersonal + Into<crate::Event>,
        Error: Into<Refusal> + Send,
    > + HasPersonal
    + Clone
    + 'static
{
    /// Its name in stream ids.
    const KIND: Kind;

    /// Raised whenever the serialized state changes its shape; snapshots of another shape are ignored.
    const SNAPSHOT_SHAPE: u16;

    /// The events that `command` leads to; none when nothing changes.
    ///
    /// # Errors
    /// The rule that refuses.
    fn decide(&self, command: &Self::Command) -> Result<Vec<Self::Event>, Self::Error>;

    /// What `event` is about inside its stream; the stream itself (`own`) unless it is about a part of it.
    fn subject(_event: &Self::Event, own: Uuid) -> Uuid {
        own
    }

    /// The part that `command` must judge and that the state does not hold, such as a message.
    fn unjudged(&self, _command: &Self::Command) -> Option<Uuid> {
        None
    }

    /// Takes in the events about one part, so that commands on it can be judged.
    fn judge(&mut self, _part: Uuid, _history: Vec<Self::Event>) {}

    /// Lets the parts go that were taken in for judging, so that the state stays small.
    fn forget_parts(&mut self) {}
}

/// What sort of refusal it is; whoever speaks HTTP makes a status of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// A rule refuses what was asked.
    Rule,
    /// The asker may see it, but not do it.
    Forbidden,
    /// Unknown, or none of the asker's business.
    NotFound,
    /// Somebody was there before, or it is done already.
    Conflict,
    /// What was given is not of the form.
    Invalid,
}

/// Why a command was refused, in words that may be shown to whoever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub kind: RefusalKind,
    /// Stable, upper snake case.
    pub code: &'static str,
    pub detail: String,
    /// The field at fault, if it is one field.
    pub field: Option<&'static str>,
}

impl Refusal {
    /// A refusal that is not about one field.
    #[must_use]
    pub fn new(kind: RefusalKind, code: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, code, detail: detail.into(), field: None }
    }

    /// What was given in `field` is not of the form.
    #[must_use]
    pub fn invalid(field: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Invalid, code, detail: detail.into(), field: Some(field) }
    }
}

impl Refusal {
    /// A text in `field` that is not of the form.
    #[must_use]
    pub fn text(field: &'static str, reason: TextError) -> Self {
        let code = match reason {
            TextError::Blank => "BLANK",
            TextError::TooLong => "TOO_LONG",
            TextError::TooShort => "TOO_SHORT",
            TextError::Forbidden => "FORBIDDEN_CHARACTER",
            TextError::NotEmoji => "NOT_EMOJI",
        };
        Self::invalid(field, code, format!("{field} {reason}"))
    }
}

/// Makes a cqrs-es aggregate of a type with `decide` and `apply`, so that the test framework and any tool of that ecosystem can drive it.
macro_rules! aggregate {
    ($state:ident, $command:ident, $event:ident, $error:ident) => {
        impl cqrs_es::Aggregate for $state {
            const TYPE: &'static str = stringify!($state);
            type Command = $command;
            type Event = $event;
            type Error = $error;
            type Services = ();

            async fn handle(
                &mut self,
                command: $command,
                _services: &(),
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), $error> {
                for event in $crate::Decide::decide(self, &command)? {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: $event) {
                self.take_in(event);
            }
        }
    };
}
pub(crate) use aggregate;

/// Names a context's events: the type in the store is the variant's name, the shape's version stands beside it.
macro_rules! event_names {
    ($event:ident { $($name:ident: $version:literal),* $(,)? }) => {
        impl $event {
            /// Every name in the store with the newest version of its shape.
            pub const SHAPES: &'static [(&'static str, u16)] = &[$((stringify!($name), $version)),*];

            /// The event's name in the store.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name { .. } => stringify!($name)),* }
            }

            /// The version of this shape of its payload.
            #[must_use]
            pub const fn shape(&self) -> u16 {
                match self { $(Self::$name { .. } => $version),* }
            }
        }

        impl cqrs_es::DomainEvent for $event {
            fn event_type(&self) -> String {
                self.name().to_owned()
            }

            fn event_version(&self) -> String {
                self.shape().to_string()
            }
        }
    };
}
pub(crate) use event_names;
