//! Somebody who does not give up: what is unknown is asked for again with the same key, at whichever process answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;
use uuid::Uuid;
use world::{Call, Caller, PASSWORD, Person, Reply};

use crate::cluster::Cluster;
use crate::findings::Findings;
use crate::ledger::{Entry, Ledger, Outcome, What};
use crate::random::Random;

/// For one try; far longer than an answer takes when nothing is away.
const TRY: Duration = Duration::from_secs(4);

/// What everybody who takes part has.
#[derive(Clone)]
pub(crate) struct Common {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) ledger: Ledger,
    pub(crate) findings: Findings,
    pub(crate) patience: Duration,
    /// Set when no more is to be begun.
    pub(crate) stop: Arc<AtomicBool>,
}

impl Common {
    pub(crate) fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// One person's client.
pub(crate) struct Doer {
    pub(crate) common: Common,
    pub(crate) person: Person,
    pub(crate) random: Random,
}

/// What an answer is to a client.
enum Answer {
    Settled(Box<Reply>),
    /// No answer, or one that says that it may have come to pass.
    Unknown,
    /// The access token has lived its life.
    TokenOver,
}

impl Doer {
    pub(crate) fn new(common: &Common, person: &Person, random: Random) -> Self {
        Self { common: common.clone(), person: person.reconnected(), random }
    }

    /// Asks until the outcome is known, and notes it; the reply if it was acknowledged.
    pub(crate) async fn do_it(&mut self, room: &str, what: What, call: impl Fn(&Caller) -> Call) -> Option<Reply> {
        let (key, began) = (Uuid::new_v4().to_string(), Instant::now());
        let (reply, was_unknown) = self.settle(began, |caller| call(caller).with_key(&key)).await;
        let outcome = outcome(&what, reply.as_ref());
        if outcome == Outcome::Unsettled {
            self.common.findings.add("a command is settled in time", format!("{what:?} in {room}, key {key}"));
        }
        let reply = reply.filter(|_| matches!(outcome, Outcome::Acknowledged(_)));
        let (user, room, ended) = (self.person.id.clone(), room.to_owned(), Instant::now());
        self.common.ledger.note(Entry { user, room, what, began, ended, outcome, was_unknown });
        reply
    }

    async fn settle(&mut self, began: Instant, call: impl Fn(&Caller) -> Call) -> (Option<Reply>, bool) {
        let mut was_unknown = false;
        while began.elapsed() < self.common.patience {
            let address = self.common.cluster.for_commands(&mut self.random);
            let answer = call(&self.person.at(&address)).within(TRY).attempt().await;
            match self.judge(answer) {
                Answer::Settled(reply) => return (Some(*reply), was_unknown),
                Answer::TokenOver => self.log_in().await,
                Answer::Unknown => {
                    was_unknown = true;
                    sleep(self.random.millis(50, 400)).await;
                }
            }
        }
        (None, was_unknown)
    }

    fn judge(&self, answer: Result<Reply, reqwest::Error>) -> Answer {
        match answer {
            Err(_) => Answer::Unknown,
            Ok(reply) => match reply.status {
                503 => Answer::Unknown,
                401 => Answer::TokenOver,
                status if status >= 500 => {
                    self.common.findings.add("nothing is answered 5xx but 503", reply.story());
                    Answer::Unknown
                }
                _ => Answer::Settled(Box::new(reply)),
            },
        }
    }

    /// A new session.
    pub(crate) async fn log_in(&mut self) {
        let login = json!({ "email": self.person.email, "password": PASSWORD });
        let address = self.common.cluster.for_commands(&mut self.random);
        let caller = self.person.without_token().at(&address);
        match caller.post("/api/auth/login", login).within(TRY).attempt().await {
            Ok(session) if session.status == 200 => self.person.adopt(&session),
            _ => sleep(Duration::from_millis(300)).await,
        }
    }

    /// One try of a query, at whichever process; the reply if it was answered.
    pub(crate) async fn look(&mut self, path: &str) -> Option<Reply> {
        let address = self.common.cluster.for_queries(&mut self.random);
        self.look_at(&address, path).await
    }

    /// The same at one process; once more if it was only the token that had lived its life.
    pub(crate) async fn look_at(&mut self, address: &str, path: &str) -> Option<Reply> {
        for _ in 0..2 {
            let answer = self.person.at(address).get(path).unbound().within(TRY).attempt().await;
            match self.judge(answer) {
                Answer::Settled(reply) => return Some(*reply),
                Answer::TokenOver => self.log_in().await,
                Answer::Unknown => return None,
            }
        }
        None
    }
}

fn outcome(what: &What, reply: Option<&Reply>) -> Outcome {
    match reply {
        None => Outcome::Unsettled,
        Some(reply) if reply.status < 300 => match what {
            What::Send { .. } => Outcome::Acknowledged(Some((reply.str("id").to_owned(), reply.u64("version")))),
            _ => Outcome::Acknowledged(None),
        },
        Some(reply) => Outcome::Refused(format!("{} {}", reply.status, reply.code())),
    }
}
