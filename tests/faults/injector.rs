//! Carries out the plan, and sees to it that what ended is started again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::cluster::{Cluster, Process};
use crate::fault::{Fault, Means, Target};
use crate::findings::Findings;
use crate::stack::Stack;

/// How often those who should run are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// What became of a fault.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) kind: String,
    /// From when it was over until its victim answered again; none when it did not in time.
    pub(crate) recovery: Option<Duration>,
}

/// Does harm and undoes it.
#[derive(Clone)]
pub(crate) struct Injector {
    pub(crate) stack: Stack,
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) findings: Findings,
    pub(crate) patience: Duration,
    /// Those who have a fault now.
    pub(crate) busy: Arc<Mutex<HashSet<String>>>,
    pub(crate) begun: Instant,
}

impl Injector {
    /// All faults of the plan; some at the same time. Returns when the last one is over.
    pub(crate) async fn carry_out(self, plan: Vec<Fault>) -> Vec<Done> {
        let (mut running, mut done) = (JoinSet::new(), Vec::new());
        let count = plan.len();
        for (number, fault) in plan.into_iter().enumerate() {
            sleep(fault.after).await;
            self.take(&fault).await;
            eprintln!("{:7.1} s  {}/{count}  {fault}", self.begun.elapsed().as_secs_f64(), number + 1);
            running.spawn(self.clone().harm(fault));
        }
        while let Some(one) = running.join_next().await {
            done.extend(one);
        }
        done
    }

    /// Waits until none of the victims has a fault, and takes them.
    async fn take(&self, fault: &Fault) {
        let victims = fault.victims();
        loop {
            {
                let mut busy = self.busy.lock();
                if victims.iter().all(|victim| !busy.contains(victim)) {
                    busy.extend(victims);
                    return;
                }
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn harm(self, fault: Fault) -> Done {
        let recovery = match &fault.target {
            Target::Process(index, _) => self.harm_process(*index, &fault).await,
            Target::Broker(name) => self.harm_servers(&[name], &fault).await,
            Target::Servers(_, members) => self.harm_servers(members, &fault).await,
        };
        let mut busy = self.busy.lock();
        for victim in fault.victims() {
            busy.remove(&victim);
        }
        Done { kind: fault.kind(), recovery }
    }

    async fn harm_process(&self, index: usize, fault: &Fault) -> Option<Duration> {
        let world = &self.cluster.processes[index].world;
        match fault.means {
            Means::Kill => world.kill(),
            Means::Pause => world.pause(),
        }
        sleep(fault.lasts).await;
        let over = Instant::now();
        match fault.means {
            Means::Kill => world.respawn(),
            Means::Pause => world.resume(),
        }
        while !world.is_ready().await {
            if over.elapsed() > self.patience {
                self.findings.add("a process comes back", format!("{fault}: {}", self.cluster.processes[index].name));
                return None;
            }
            if world.has_ended() {
                self.ended(&self.cluster.processes[index]);
            }
            sleep(Duration::from_millis(50)).await;
        }
        Some(over.elapsed())
    }

    async fn harm_servers(&self, names: &[&str], fault: &Fault) -> Option<Duration> {
        let (harm, heal) = match fault.means {
            Means::Kill => ("kill", "start"),
            Means::Pause => ("stop", "cont"),
        };
        self.act(harm, names).await;
        sleep(fault.lasts).await;
        let over = Instant::now();
        self.act(heal, names).await;
        Some(over.elapsed())
    }

    async fn act(&self, command: &str, names: &[&str]) {
        if let Err(reason) = self.stack.act(command, names).await {
            self.findings.add("the servers can be had", reason);
        }
    }

    /// Starts again whoever ended without being killed, as the supervisor of an installation would; for ever.
    pub(crate) async fn supervise(self) {
        loop {
            sleep(LOOK).await;
            for (index, process) in self.cluster.processes.iter().enumerate() {
                let busy = self.busy.lock();
                if !busy.contains(&format!("process {index}")) && process.world.has_ended() {
                    self.ended(process);
                }
            }
        }
    }

    /// Nothing but a signal ends a process: what is away is waited for.
    fn ended(&self, process: &Process) {
        let log = process.world.log();
        let last: Vec<_> = log.lines().rev().take(3).collect();
        self.findings.add("no process ends by itself", format!("{}: {last:?}", process.name));
        process.world.kill();
        process.world.respawn();
    }
}
