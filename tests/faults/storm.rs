//! People at work while faults are carried out; then quiet, in which everything comes back; then the checks.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;
use world::{Person, Room};

use crate::checks::{self, Evidence, Log};
use crate::fault::Fault;
use crate::injector::Injector;
use crate::ledger::What;
use crate::load::doer::{Common, Doer};
use crate::load::follower::{Follower, Goal, Record};
use crate::load::scene::Scene;
use crate::load::writer::Writer;
use crate::load::{friends, members, reader};
use crate::random::Random;
use crate::report::Report;

/// How long people use it before the first fault.
const CALM: Duration = Duration::from_secs(3);
/// How often it is said how far the work has come.
const WORD: Duration = Duration::from_secs(30);

/// All that takes part.
pub(crate) struct Storm {
    pub(crate) common: Common,
    pub(crate) scene: Scene,
    pub(crate) random: Random,
}

impl Storm {
    pub(crate) async fn pass(self, seed: u64, injector: Injector, plan: Vec<Fault>) -> Report {
        let goal = Goal::default();
        let (followers, mut workers) = (self.followers(&goal), self.workers());
        let mut beside = JoinSet::new();
        beside.spawn(injector.clone().supervise());
        beside.spawn(words(self.common.clone(), injector.begun));
        sleep(CALM).await;
        let faults = injector.clone().carry_out(plan).await;
        let over = Instant::now();
        let storm = over - injector.begun;
        self.common.stop.store(true, Ordering::Relaxed);
        while let Some(worker) = workers.join_next().await {
            self.note_panic(worker.map(|_| ()));
        }
        let all_back = self.all_back(over).await;
        self.last_words().await;
        let log = Log::read(self.common.cluster.first()).await;
        *goal.lock() = Some(log.heads());
        let records = self.gathered(followers).await;
        let quiet = all_back.then(|| over.elapsed());
        beside.shutdown().await;
        let entries = self.common.ledger.entries();
        let evidence =
            Evidence { common: &self.common, scene: &self.scene, entries: &entries, log: &log, records: &records };
        let checks = checks::all(&evidence).await;
        Report { seed, faults, entries, storm, quiet, checks, records }
    }

    fn doer(&self, person: &Person, name: &str) -> Doer {
        Doer::new(&self.common, person, self.random.fork(name))
    }

    fn workers(&self) -> JoinSet<()> {
        let (scene, mut all) = (&self.scene, JoinSet::new());
        for (n, person) in scene.writers.iter().enumerate() {
            let doer = self.doer(person, &format!("writer {n}"));
            all.spawn(Writer::new(doer, format!("w{n}"), scene.rooms_of(n)).write());
        }
        for (n, (room, other)) in scene.groups.iter().zip(&scene.restless).enumerate() {
            let owner = self.doer(&scene.writers[0], &format!("owner {n}"));
            all.spawn(members::put_out_and_take_in(owner, room.clone(), other.clone()));
        }
        for (n, (left, right)) in scene.pairs.iter().enumerate() {
            let (left, right) = (self.doer(left, &format!("left {n}")), self.doer(right, &format!("right {n}")));
            all.spawn(friends::meet_and_part(left, right));
        }
        for (n, person) in [&scene.witness, &scene.writers[1]].into_iter().enumerate() {
            all.spawn(reader::read_on(self.doer(person, &format!("reader {n}")), scene.groups.clone()));
        }
        all
    }

    fn followers(&self, goal: &Goal) -> JoinSet<Record> {
        let (scene, mut all) = (&self.scene, JoinSet::new());
        let mut follow = |person: &Person, rooms: &[Room], is_single: bool, is_restless: bool| {
            let doer = self.doer(person, &format!("follower {}", all.len()));
            all.spawn(Follower::new(doer, rooms, is_single, is_restless, goal).follow());
        };
        for (room, restless) in scene.groups.iter().zip(&scene.restless) {
            follow(&scene.witness, std::slice::from_ref(room), true, false);
            follow(restless, std::slice::from_ref(room), true, true);
            follow(restless, std::slice::from_ref(room), false, true);
        }
        follow(&scene.writers[1], std::slice::from_ref(&scene.direct), true, false);
        follow(&scene.witness, &scene.groups, false, false);
        follow(&scene.writers[0], &scene.rooms_of(0), false, false);
        all
    }

    /// Whether every process answers again and misses nothing, in time.
    async fn all_back(&self, since: Instant) -> bool {
        for process in &self.common.cluster.processes {
            while !process.world.is_ready().await {
                if since.elapsed() > self.common.patience {
                    self.common.findings.add("every process comes back", process.name.clone());
                    return false;
                }
                sleep(Duration::from_millis(50)).await;
            }
        }
        true
    }

    /// One message in each room, so that even who heard nothing for long hears of it.
    async fn last_words(&self) {
        for (n, room) in self.scene.rooms_of(0).into_iter().enumerate() {
            let content = format!("the last words {n}");
            let body = serde_json::json!({ "room_id": room.id, "content": content });
            let mut owner = self.doer(&self.scene.writers[0], "last words");
            owner.do_it(&room.id, What::Send { content }, |caller| caller.post("/api/messages", body.clone())).await;
        }
    }

    async fn gathered(&self, mut followers: JoinSet<Record>) -> Vec<Record> {
        let mut records = Vec::new();
        while let Some(follower) = followers.join_next().await {
            self.note_panic(follower.map(|record| records.push(record)));
        }
        records
    }

    fn note_panic(&self, ended: Result<(), tokio::task::JoinError>) {
        if let Err(panic) = ended {
            self.common.findings.add("answers are of the agreed form", panic.to_string());
        }
    }
}

/// Says now and then how far the work has come; for ever.
async fn words(common: Common, begun: Instant) {
    loop {
        sleep(WORD).await;
        eprintln!("{:7.1} s  {} operations settled", begun.elapsed().as_secs_f64(), common.ledger.len());
    }
}
