//! What one stream sends: a source of bytes, apart from how it is served.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;

use super::follow::{AllRooms, OneRoom};
use super::follow_friends::FollowFriends;
use super::frames::{BEAT, Text};
use super::ring::Taken;
use super::seat::End;
use super::seats::Ticket;
use super::watching::Watch;

/// The work of reading what was missed, one page of it.
pub(super) type Reading = Pin<Box<dyn Future<Output = (Bytes, Phase)> + Send>>;

/// What a stream is at.
pub(super) enum Phase {
    /// It reads what was missed. Boxed, and gone once the stream follows.
    Reading(Reading),
    /// It follows one room.
    Room(OneRoom),
    /// It follows all rooms of a user.
    Rooms(Box<AllRooms>),
    /// It follows who of a user's friends are there.
    Friends(Box<FollowFriends>),
    Over,
}

/// An open stream. Idle, it is a few words of memory and a waker: no task, no timer.
pub struct Subscription {
    ticket: Option<Ticket>,
    phase: Phase,
    /// Of a stream of one room.
    watch: Option<Box<Watch>>,
}

impl Subscription {
    pub(super) const fn new(ticket: Ticket, phase: Phase) -> Self {
        Self { ticket: Some(ticket), phase, watch: None }
    }

    /// The same, whose user has a room before their eyes meanwhile.
    pub(super) fn watching(self, watch: Watch) -> Self {
        Self { watch: Some(Box::new(watch)), ..self }
    }

    /// A stream that can not be served now: it ends at once, so that its client comes back.
    pub(super) fn later(ticket: Ticket) -> Self {
        Self::new(ticket, Phase::Reading(Box::pin(async { over(Text::default().retry(), End::Quiet) })))
    }

    /// What is to be sent next; none when the stream is over.
    pub async fn next(&mut self) -> Option<Bytes> {
        futures::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// The same, as it is polled by whoever serves it.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            let Some(ticket) = &self.ticket else { return Poll::Ready(None) };
            if let Some(end) = ticket.seat.ended() {
                return self.finish(Text::default(), end.reason());
            }
            ticket.seat.wait(cx);
            // Told between the look and the waiting.
            if ticket.seat.ended().is_some() {
                continue;
            }
            match self.advance(cx) {
                Poll::Ready(Some(text)) if text.is_empty() => {}
                polled => return polled,
            }
        }
    }

    /// One step; an empty text when there is to be another.
    fn advance(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match &mut self.phase {
            Phase::Reading(reading) => {
                let (text, phase) = std::task::ready!(reading.as_mut().poll(cx));
                self.phase = phase;
                Poll::Ready(Some(text))
            }
            Phase::Room(room) => {
                let taken = room.take();
                self.hand_over(taken)
            }
            Phase::Rooms(rooms) => {
                let taken = rooms.take();
                self.hand_over(taken)
            }
            Phase::Friends(friends) => match friends.take() {
                Some(taken) => self.hand_over(taken),
                None => self.look_again(),
            },
            Phase::Over => {
                (self.ticket, self.watch) = (None, None);
                Poll::Ready(None)
            }
        }
    }

    /// Reads anew who the friends are.
    fn look_again(&mut self) -> Poll<Option<Bytes>> {
        if let Phase::Friends(friends) = std::mem::replace(&mut self.phase, Phase::Over) {
            self.phase = Phase::Reading(friends.anew());
        }
        Poll::Ready(Some(Bytes::new()))
    }

    fn hand_over(&mut self, taken: Taken) -> Poll<Option<Bytes>> {
        let Some(ticket) = &self.ticket else { return Poll::Ready(None) };
        if taken.frames > 0 {
            ticket.meter().delivered(taken.frames);
        }
        if taken.end.is_some() || taken.is_broken {
            return self.part(taken);
        }
        match taken.parcel.into_bytes() {
            text if !text.is_empty() => Poll::Ready(Some(text)),
            _ if ticket.seat.take_beat() => Poll::Ready(Some(BEAT)),
            _ => Poll::Pending,
        }
    }

    /// The last words of a stream, after what was taken.
    fn part(&mut self, taken: Taken) -> Poll<Option<Bytes>> {
        let mut text = Text::from(taken.parcel.into_bytes());
        if let Some(end) = taken.end {
            return self.finish(text, end.reason());
        }
        if let Some(ticket) = &self.ticket {
            ticket.meter().reset();
        }
        match &self.phase {
            Phase::Room(room) => text.reset(room.sent()),
            Phase::Rooms(rooms) => text.reset(rooms.sent()),
            Phase::Reading(_) | Phase::Friends(_) | Phase::Over => &mut text,
        };
        self.finish(text, None)
    }

    fn finish(&mut self, mut text: Text, reason: Option<&'static str>) -> Poll<Option<Bytes>> {
        if let Some(reason) = reason {
            text.closed(reason);
        }
        self.phase = Phase::Over;
        (self.ticket, self.watch) = (None, None);
        let text = text.take();
        Poll::Ready((!text.is_empty()).then_some(text))
    }
}

impl Stream for Subscription {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(cx).map(|text| text.map(Ok))
    }
}

/// Last words and the end, for a stream that is over before it follows.
pub(super) fn over(text: &mut Text, end: End) -> (Bytes, Phase) {
    if let Some(reason) = end.reason() {
        text.closed(reason);
    }
    (text.take(), Phase::Over)
}
