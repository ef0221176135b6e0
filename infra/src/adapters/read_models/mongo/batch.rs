//! What a batch of changes comes to.

use std::collections::HashMap;

use domain::{MessageId, UserId, Version};
use mongodb::bson::RawDocumentBuf;
use projections::ports::CommitError;
use projections::timeline::{ReactionRow, Rewritten, Sent, TimelineChange, TimelineRows};

use super::bulk::{Bulk, Sort};
use super::schema::{CHANGES, MEMBERSHIPS, MESSAGES, REACTIONS, READ_MARKS, ROOMS};
use super::statements::{self, Reaction};

/// The writes of a batch, step by step; those of one step go in any order. The last are the rooms, whose `applied` says that their
/// rows are there.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    pub(super) steps: Vec<Vec<Bulk>>,
    /// Whether messages of whole rooms are looked through.
    pub(super) erases: bool,
}

impl Batch {
    /// Gathers changes that lie in the order of the log.
    ///
    /// # Errors
    /// One of them can not be kept.
    pub(super) fn of(changes: Vec<TimelineChange>) -> Result<Self, CommitError> {
        let last = LastVersions::of(&changes);
        let rows = TimelineRows::gather(changes);
        let at = |message: &Sent| last.rewritten.get(&message.id).copied().unwrap_or(message.version);
        let messages = each(&rows.messages, |message| statements::message(message, at(message)));
        let own = rows.messages.iter().filter(|message| at(message) > message.version);
        let own: Vec<_> = own.map(|own| again(own, at(own))).collect();
        let reactions: Vec<_> = rows.reactions.into_iter().map(|row| last.reaction(row)).collect();
        let joined = rows.joined.iter().map(statements::joined);
        let memberships = rows.left.iter().map(statements::left).chain(joined).collect();
        let first = vec![
            Bulk::new(MESSAGES, Sort::Insert, messages),
            Bulk::new(MESSAGES, Sort::Update, each(&rows.rewritten, statements::rewritten)),
            Bulk::new(CHANGES, Sort::Insert, each(&rows.changes, statements::change)),
            Bulk::new(REACTIONS, Sort::Update, each(&reactions, statements::reaction)),
            Bulk::new(MEMBERSHIPS, Sort::Update, memberships),
            Bulk::new(READ_MARKS, Sort::Update, each(&rows.marks, statements::mark)),
        ];
        // Behind their insertion: where another batch has sent them already, they lack what became of them here.
        let second = vec![Bulk::new(MESSAGES, Sort::Update, each(&own, statements::rewritten))];
        // Behind everything that gives a message its content.
        let erased = vec![
            Bulk::new(MESSAGES, Sort::Update, each(&rows.erased, statements::erased)),
            Bulk::new(CHANGES, Sort::Update, each(&rows.erased, statements::nameless)),
        ];
        let rooms = vec![Bulk::new(ROOMS, Sort::Update, each(&rows.rooms, statements::room))];
        Self { steps: vec![first, second, erased, rooms], erases: !rows.erased.is_empty() }.checked()
    }

    fn checked(mut self) -> Result<Self, CommitError> {
        self.steps.iter_mut().for_each(|step| step.retain(|bulk| !bulk.writes.is_empty()));
        self.steps.retain(|step| !step.is_empty());
        self.steps.iter().flatten().try_for_each(Bulk::check)?;
        Ok(self)
    }
}

fn each<R>(rows: &[R], write: impl Fn(&R) -> RawDocumentBuf) -> Vec<RawDocumentBuf> {
    rows.iter().map(write).collect()
}

/// What became of a message, for one that was sent without it.
fn again(message: &Sent, version: Version) -> Rewritten {
    let Sent { room, id, edited_at, deleted_at, .. } = *message;
    Rewritten { room, version, id, content: message.content.clone(), edited_at, deleted_at }
}

/// The versions that last changed something, as far as the rows do not say them.
#[derive(Default)]
struct LastVersions {
    rewritten: HashMap<MessageId, Version>,
    unreacted: HashMap<(MessageId, String, UserId), Version>,
}

impl LastVersions {
    fn of(changes: &[TimelineChange]) -> Self {
        let mut last = Self::default();
        for change in changes {
            match change {
                TimelineChange::Rewritten(row) => {
                    last.rewritten.insert(row.id, row.version);
                }
                TimelineChange::Unreacted(row) => {
                    last.unreacted.insert((row.message, row.emoji.clone(), row.user), row.version);
                }
                _ => {}
            }
        }
        last
    }

    fn reaction(&self, row: ReactionRow) -> Reaction {
        let ReactionRow { message, emoji, user, version } = row;
        let key = (message, emoji, user);
        let gone = || self.unreacted.get(&key).copied().unwrap_or_default();
        let (stands, version) = (version.is_some(), version.unwrap_or_else(gone));
        let (message, emoji, user) = key;
        Reaction { message, emoji, user, version, stands }
    }
}
