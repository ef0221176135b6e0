//! One run: servers, cluster, people, faults, quiet, checks.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use uuid::Uuid;
use world::Premises;

use crate::cli::Cli;
use crate::cluster::Cluster;
use crate::fault;
use crate::findings::Findings;
use crate::injector::Injector;
use crate::ledger::Ledger;
use crate::load::doer::Common;
use crate::load::scene::Scene;
use crate::random::Random;
use crate::stack::Stack;
use crate::storm::Storm;

/// Whether everything holds.
pub(crate) async fn run(cli: &Cli) -> Result<bool, String> {
    let seed = cli.seed.unwrap_or_else(|| u64::from(Uuid::new_v4().as_fields().0));
    println!("seed {seed}");
    let stack = Stack::up(cli.stack(), cli.stack_offset).await?;
    let folder = stack.folder().join("runs").join(seed.to_string());
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let premises = Premises::on(stack.servers().await?);
    premises.open().await;
    let holds = on(cli, seed, &stack, &folder, &premises).await;
    tidy(cli, &stack, &premises).await?;
    println!("{}", if holds { "all of it holds" } else { "NOT all of it holds" });
    if holds {
        let _ = std::fs::remove_dir_all(&folder);
    } else {
        println!(
            "again: --seed {seed} --faults {}; what streams heard, the ledger and logs: {}",
            cli.faults,
            folder.display()
        );
    }
    Ok(holds)
}

async fn tidy(cli: &Cli, stack: &Stack, premises: &Premises) -> Result<(), String> {
    if cli.keep {
        premises.leave().await;
        return Ok(());
    }
    stack.act("wipe", &[]).await
}

async fn on(cli: &Cli, seed: u64, stack: &Stack, folder: &Path, premises: &Premises) -> bool {
    let random = Random::new(seed);
    let (findings, cluster) = (Findings::default(), Arc::new(Cluster::start(folder, premises).await));
    let common = Common {
        cluster: cluster.clone(),
        ledger: Ledger::default(),
        findings: findings.clone(),
        patience: cli.patience(),
        stop: Arc::new(AtomicBool::new(false)),
    };
    let scene = Scene::set(cluster.first(), cli.writers).await;
    let begun = Instant::now();
    let (stack, patience) = (stack.clone(), cli.patience());
    let injector = Injector { stack, cluster, findings: findings.clone(), patience, busy: Arc::default(), begun };
    let plan = fault::plan(&random, cli.faults, Duration::from_secs_f64(cli.fault_seconds.max(0.1)));
    let storm = Storm { common, scene, random };
    let report = storm.pass(seed, injector, plan).await;
    println!("{}", report.text());
    if !findings.is_empty()
        && let Err(error) = report.keep(folder, begun)
    {
        eprintln!("{}: {error}", folder.display());
    }
    findings.lines().iter().for_each(|line| println!("{line}"));
    findings.is_empty()
}
