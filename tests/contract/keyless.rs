//! Who has an account, and how many of them have no key.

use std::any::Any;
use std::sync::Arc;

use command_side::ports::{Append, Vault};
use domain::UserId;
use infra::adapters::keyless::{People, keyless};

use super::given::{ending, item, somebody, stream};

/// A fresh store, and keys beside it.
pub(super) struct Town {
    pub(super) append: Arc<dyn Append>,
    pub(super) people: Arc<dyn People>,
    pub(super) vault: Arc<dyn Vault>,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Town:
    who_has_an_account_is_told_page_by_page_and_whose_was_deleted_is_not,
    only_people_with_an_account_miss_their_keys,
    people_on_many_pages_are_all_counted,
);

impl Town {
    /// People with an account, and with keys or without; in the order of their ids.
    async fn settled(&self, count: usize, with_keys: bool) -> Vec<UserId> {
        let mut people: Vec<_> = (0..count).map(|_| somebody()).collect();
        people.sort_unstable();
        for person in people.iter().filter(|_| with_keys) {
            self.vault.create(*person).await.expect("the keys are there");
        }
        let batch: Vec<_> = people.iter().map(|person| item((*person).into(), 0, 1)).collect();
        for answer in self.append.append(&batch).await.expect("the store is there") {
            answer.expect("no conflict");
        }
        people
    }

    async fn leaves(&self, user: UserId) {
        let answers = self.append.append(&[item(stream(), 0, 1), ending(user, 1)]).await.expect("the store is there");
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }

    async fn after(&self, user: Option<UserId>, limit: u32) -> Vec<UserId> {
        self.people.people_after(user, limit).await.expect("the store is there")
    }

    async fn keyless(&self) -> u64 {
        keyless(&*self.people, &*self.vault).await.expect("both are there")
    }
}

async fn who_has_an_account_is_told_page_by_page_and_whose_was_deleted_is_not(town: Town) {
    assert_eq!(town.after(None, 10).await, []);
    let mut people = town.settled(5, true).await;
    town.leaves(people.remove(2)).await;
    assert_eq!(town.after(None, 10).await, people);
    assert_eq!(town.after(None, 3).await, people[..3]);
    assert_eq!(town.after(Some(people[1]), 10).await, people[2..]);
    assert_eq!(town.after(Some(people[3]), 10).await, []);
}

async fn only_people_with_an_account_miss_their_keys(town: Town) {
    assert_eq!(town.keyless().await, 0);
    town.settled(3, true).await;
    // A key is made before the event, which may not come.
    town.vault.create(somebody()).await.expect("the keys are there");
    assert_eq!(town.keyless().await, 0);
    let strangers = town.settled(3, false).await;
    assert_eq!(town.keyless().await, 3);
    town.leaves(strangers[0]).await;
    assert_eq!(town.keyless().await, 2);
}

async fn people_on_many_pages_are_all_counted(town: Town) {
    for _ in 0..23 {
        town.settled(100, false).await;
    }
    town.settled(5, true).await;
    assert_eq!(town.keyless().await, 2_300);
}
