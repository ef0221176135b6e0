//! What two new people do on their first day, in nine steps.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::client::api::{Answer, Api};
use crate::clock;
use crate::error::Error;
use crate::measure::latency::Latency;
use crate::measure::report::Report;
use crate::measure::tally::Tally;
use crate::measure::usage::Usage;
use crate::prepare::people::{self, Person};
use crate::server::Server;

const STEPS: [&str; 9] = ["register", "log_in", "profile", "search", "request", "accept", "open_room", "send", "read"];
const SENDS: usize = 5;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Pairs of people at a time
    #[arg(long, default_value_t = 10)]
    users: usize,
    /// Time during which new flows begin, in seconds; those begun are finished
    #[arg(long, default_value_t = 10.0)]
    duration: f64,
    /// Pause between two steps, in milliseconds
    #[arg(long, default_value_t = 0.0)]
    think: f64,
}

struct Shared {
    address: SocketAddr,
    think: Duration,
    end: Instant,
    next: AtomicUsize,
    finished: AtomicU64,
    steps: Mutex<Vec<Latency>>,
    whole: Mutex<Latency>,
    errors: Mutex<Tally>,
}

pub(crate) async fn run(args: &Args, server: &Server) -> Result<Report, Error> {
    let shared = Arc::new(Shared {
        address: server.address(),
        think: clock::seconds(args.think / 1e3),
        end: Instant::now() + clock::seconds(args.duration),
        next: AtomicUsize::new(0),
        finished: AtomicU64::new(0),
        steps: Mutex::new(vec![Latency::default(); STEPS.len()]),
        whole: Mutex::default(),
        errors: Mutex::default(),
    });
    let (began, before) = (Instant::now(), server.usage());
    let mut pairs = JoinSet::new();
    for _ in 0..args.users {
        let shared = Arc::clone(&shared);
        pairs.spawn(async move { shared.walk_until_the_end().await });
    }
    pairs.join_all().await;
    Ok(report(&shared, began.elapsed(), server.usage().since(before)))
}

fn report(shared: &Shared, elapsed: Duration, usage: Usage) -> Report {
    let finished = shared.finished.load(Relaxed);
    let mut report = Report::new("flow");
    for (name, latency) in STEPS.iter().zip(shared.steps.lock().iter()) {
        report.latency(*name, latency);
    }
    report
        .latency("whole_flow", &shared.whole.lock())
        .rate("flows_per_s", finished, elapsed)
        .usage("", usage, finished)
        .errors(std::mem::take(&mut *shared.errors.lock()));
    report
}

impl Shared {
    async fn walk_until_the_end(&self) {
        while Instant::now() < self.end {
            let began = clock::now();
            match self.walk().await {
                Ok(()) => {
                    self.finished.fetch_add(1, Relaxed);
                    self.whole.lock().record(clock::now() - began);
                }
                Err(error) => {
                    self.errors.lock().failed(&error);
                    sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    async fn walk(&self) -> Result<(), Error> {
        let nth = self.next.fetch_add(1, Relaxed);
        let names = (people::name("ann", nth), people::name("bob", nth));
        let mut api = Api::open(self.address).await?;
        self.time(0, people::register(&mut api, &names.0)).await?;
        let registered = self.time(0, people::register(&mut api, &names.1)).await?;
        self.think().await;
        let ann = self.time(1, people::log_in(&mut api, &names.0)).await?;
        let bob = self.time(1, people::log_in(&mut api, &names.1)).await?;
        self.think().await;
        self.time(2, api.get("/api/profile", &ann.token)).await?;
        self.think().await;
        self.search(&mut api, &ann, &names.1, &registered).await?;
        self.think().await;
        self.befriend(&mut api, &ann, &bob).await?;
        self.talk(&mut api, &ann, &bob).await
    }

    /// Ann asks to see what happened up to Bob's registration, and so has to find him.
    async fn search(&self, api: &mut Api, ann: &Person, name: &str, bob: &Answer) -> Result<(), Error> {
        let path = format!("/api/users/search?q={name}");
        let query = api.get_after(&path, &ann.token, bob.position.as_deref());
        let answer = self.time(3, query).await?;
        if answer.body["users"].as_array().is_none_or(Vec::is_empty) {
            let example = || format!("{name}: {}", answer.body);
            self.errors.lock().count("search found nobody", example);
        }
        Ok(())
    }

    async fn befriend(&self, api: &mut Api, ann: &Person, bob: &Person) -> Result<(), Error> {
        let body = json!({ "to_user_id": bob.id });
        let request = self.time(4, api.post("/api/friends/request", &ann.token, &body)).await?;
        self.think().await;
        let path = format!("/api/friends/{}/accept", request.text("request_id")?);
        self.time(5, api.post(&path, &bob.token, &json!({}))).await?;
        self.think().await;
        Ok(())
    }

    async fn talk(&self, api: &mut Api, ann: &Person, bob: &Person) -> Result<(), Error> {
        let check = format!("/api/chat-rooms/check/{}", bob.id);
        let room = self.time(6, api.get(&check, &ann.token)).await?.text("id")?;
        let mut position = None;
        for nth in 1..=SENDS {
            self.think().await;
            let body = json!({ "room_id": room, "content": format!("message {nth} of the flow") });
            position = self.time(7, api.post("/api/messages", &ann.token, &body)).await?.position;
        }
        self.think().await;
        let page = format!("/api/messages?room_id={room}");
        let query = api.get_after(&page, &bob.token, position.as_deref());
        let answer = self.time(8, query).await?;
        if answer.body["messages"].as_array().map(Vec::len) != Some(SENDS) {
            let example = || answer.body.to_string();
            self.errors.lock().count("read did not find all", example);
        }
        Ok(())
    }

    async fn time<T>(&self, step: usize, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let began = clock::now();
        let result = call.await;
        if result.is_ok() {
            self.steps.lock()[step].record(clock::now() - began);
        }
        result
    }

    async fn think(&self) {
        if !self.think.is_zero() {
            sleep(self.think).await;
        }
    }
}
