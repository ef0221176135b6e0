//! How often who may call, whichever process they come to.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::UserId;
use infra::adapters::rates::{Asker, Rates};
use infra::config::{AllFlags, CallKind, CallerLimits, Settings, Sources};
use uuid::Uuid;

/// Of commands, which come free again after hours.
pub(super) const BURST: usize = 90;
/// Of queries, thirty of which come free again in a second.
const SMALL: usize = 15;

/// The same limits as two processes hold to, which may be one and the same.
pub(super) struct Gates {
    pub(super) one: Arc<Rates>,
    pub(super) other: Arc<Rates>,
    /// How many more than a burst may pass before they have heard of each other.
    pub(super) excess: usize,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Gates:
    a_burst_passes_and_then_hardly_any_more,
    what_one_let_pass_the_other_knows_of,
    users_addresses_and_kinds_are_apart,
    what_was_used_is_free_again_after_its_time,
    what_was_let_pass_too_much_is_owed,
);

pub(super) fn limits() -> CallerLimits {
    let set = |name: &str| match name {
        "CHAT_COMMANDS_PER_USER" | "CHAT_COMMANDS_PER_ADDRESS" => Some(format!("1/h:{BURST}").into()),
        "CHAT_QUERIES_PER_USER" => Some(format!("30/s:{SMALL}").into()),
        _ => None,
    };
    let sources = Sources::gather(&AllFlags::default(), set).expect("settings");
    Settings::read(&sources).expect("settings").limits
}

pub(super) fn user(number: u128) -> Asker {
    Asker { user: Some(UserId(Uuid::from_u128(number))), address: None }
}

fn address(text: &str) -> Asker {
    Asker { user: None, address: Some(text.parse().expect("an address")) }
}

fn passes(gate: &Rates, kind: CallKind, asker: Asker) -> bool {
    gate.ask(kind, asker).is_none_or(|verdict| verdict.wait.is_none())
}

/// How many of so many commands pass, at the pace of somebody in a hurry.
pub(super) async fn passing(gate: &Rates, asker: Asker, times: usize) -> usize {
    let mut passed = 0;
    for _ in 0..times {
        passed += usize::from(passes(gate, CallKind::Command, asker));
        tokio::task::yield_now().await;
    }
    passed
}

/// Long enough for one to tell the other.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(600)).await;
}

async fn a_burst_passes_and_then_hardly_any_more(gates: Gates) {
    let mut passed = 0;
    for gate in [&gates.one, &gates.other].into_iter().cycle().take(6 * BURST) {
        passed += passing(gate, user(1), 1).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!((BURST..=BURST + gates.excess).contains(&passed), "{passed}");
}

async fn what_one_let_pass_the_other_knows_of(gates: Gates) {
    assert_eq!(passing(&gates.one, user(1), BURST - 1).await, BURST - 1);
    a_while().await;
    // The other has not seen them yet: it asks once it does.
    let mut passed = passing(&gates.other, user(1), 1).await;
    a_while().await;
    passed += passing(&gates.other, user(1), BURST).await;
    assert_eq!(passed, 1);
}

async fn users_addresses_and_kinds_are_apart(gates: Gates) {
    assert_eq!(passing(&gates.one, user(1), BURST).await, BURST);
    a_while().await;
    assert_eq!(passing(&gates.other, user(2), BURST).await, BURST);
    assert_eq!(passing(&gates.other, address("10.0.0.1"), 2 * BURST).await, BURST);
    assert!(passes(&gates.other, CallKind::Query, user(1)));
}

async fn what_was_used_is_free_again_after_its_time(gates: Gates) {
    let queries = |gate: &Rates| (0..10 * SMALL).filter(|_| passes(gate, CallKind::Query, user(1))).count();
    assert!(queries(&gates.one) >= SMALL);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(queries(&gates.other) >= SMALL);
}

async fn what_was_let_pass_too_much_is_owed(gates: Gates) {
    let began = Instant::now();
    let mut passed = 0;
    while began.elapsed() < Duration::from_secs(3) {
        for gate in [&gates.one, &gates.other] {
            passed += usize::from(passes(gate, CallKind::Query, user(1)));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // Thirty a second, whatever the two let pass at first.
    let just = SMALL + usize::try_from(began.elapsed().as_millis() * 30 / 1000).expect("it fits");
    assert!(passed <= just + SMALL && passed + SMALL >= just, "{passed} where {just} are just");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rates_in_this_process() {
    suite(async || {
        let gate = Arc::new(Rates::new(limits(), false));
        Gates { one: gate.clone(), other: gate, excess: 0, _kept: Box::new(()) }
    })
    .await;
}
