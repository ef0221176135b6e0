//! Slowing down who guesses passwords, whichever process they come to.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use command_side::ports::Throttle;
use futures::future::join_all;
use infra::adapters::accounts::InProcessThrottle;

const HALF_A_MINUTE: Duration = Duration::from_secs(30);

/// A fresh throttle as two processes have it, which may be one and the same.
pub(super) struct Doors {
    pub(super) one: Arc<dyn Throttle>,
    pub(super) other: Arc<dyn Throttle>,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Doors:
    after_five_failures_one_waits_for_half_a_minute,
    an_attempt_that_must_wait_is_no_failure,
    an_account_and_an_address_are_slowed_down_apart,
    a_success_forgives_the_account_and_not_the_address,
    guesses_at_the_same_time_are_no_more_than_one_after_another,
    an_account_and_an_address_of_one_name_are_not_confused,
);

impl Doors {
    /// Begins at one door and the other in turn, so often; how often one need not wait.
    async fn begin(&self, account: &str, address: &str, times: usize) -> usize {
        let mut begun = 0;
        for door in [&self.one, &self.other].into_iter().cycle().take(times) {
            begun += usize::from(door.begin(account, address).await.is_none());
        }
        begun
    }
}

async fn after_five_failures_one_waits_for_half_a_minute(doors: Doors) {
    assert_eq!(doors.begin("ann", "::1", 5).await, 5);
    for door in [&doors.one, &doors.other] {
        let wait = door.begin("ann", "::2").await.expect("to wait, whatever the address");
        assert!(wait <= HALF_A_MINUTE && wait > HALF_A_MINUTE / 2, "{wait:?}");
    }
    assert_eq!(doors.one.begin("bob", "::1").await, None);
}

async fn an_attempt_that_must_wait_is_no_failure(doors: Doors) {
    assert_eq!(doors.begin("ann", "::1", 50).await, 5);
    let wait = doors.one.begin("ann", "::1").await.expect("to wait");
    assert!(wait <= HALF_A_MINUTE, "{wait:?}");
}

async fn an_account_and_an_address_are_slowed_down_apart(doors: Doors) {
    for number in 0..50 {
        assert_eq!(doors.begin(&number.to_string(), "::1", 1).await, 1, "{number}");
        doors.other.failed("::1").await;
    }
    assert!(doors.one.begin("somebody else", "::1").await.is_some(), "fifty from one address");
    assert_eq!(doors.one.begin("somebody else", "::2").await, None);
}

async fn a_success_forgives_the_account_and_not_the_address(doors: Doors) {
    for _ in 0..50 {
        doors.one.failed("::1").await;
    }
    assert_eq!(doors.begin("ann", "::2", 5).await, 5);
    assert!(doors.one.begin("ann", "::2").await.is_some());
    doors.one.succeeded("ann").await;
    assert_eq!(doors.begin("ann", "::2", 1).await, 1);
    assert!(doors.one.begin("ann", "::1").await.is_some(), "the address is not forgiven");
}

async fn guesses_at_the_same_time_are_no_more_than_one_after_another(doors: Doors) {
    let both = [&doors.one, &doors.other];
    let waits = join_all((0..100).map(async |n| both[n % 2].begin("ann", "::1").await)).await;
    assert_eq!(waits.iter().filter(|wait| wait.is_none()).count(), 5);
}

async fn an_account_and_an_address_of_one_name_are_not_confused(doors: Doors) {
    assert_eq!(doors.begin("10.0.0.1", "::1", 6).await, 5);
    assert_eq!(doors.one.begin("ann", "10.0.0.1").await, None);
}

#[tokio::test]
async fn the_throttle_in_this_process() {
    suite(async || {
        let throttle = Arc::new(InProcessThrottle::default());
        Doors { one: throttle.clone(), other: throttle, _kept: Box::new(()) }
    })
    .await;
}
