//! What rides in an append: claims, credentials and idempotency keys.

use command_side::ports::{Claim, ClaimKind, Conflict, Item, KeyUse};

use super::given::{Store, claim, claiming, credential, ending, item, keyed, somebody, stream};

suite!(Store:
    a_claim_has_one_owner,
    a_claim_sees_the_items_before_it,
    the_owner_may_claim_the_same_again,
    claiming_something_else_lets_the_earlier_claim_go,
    what_is_let_go_can_be_claimed_in_the_same_batch,
    claims_of_two_kinds_do_not_meet,
    an_item_that_fails_claims_nothing,
    a_key_is_used_once_by_each_user,
    a_used_key_is_found_with_what_came_of_it,
    a_used_key_is_said_before_any_other_conflict,
    many_keys_go_into_one_batch,
    a_credential_is_the_last_that_was_set,
    a_key_without_events_is_kept_too,
    with_the_account_its_claims_and_its_password_end,
    what_a_deleted_account_held_can_be_claimed_by_another,
);

const X: [u8; 32] = [b'x'; 32];
const Y: [u8; 32] = [b'y'; 32];

async fn owner(store: &Store, digest: [u8; 32]) -> Option<domain::UserId> {
    store.claims.owner(ClaimKind::Username, digest).await.expect("the store is there")
}

async fn a_claim_has_one_owner(store: Store) {
    let (ann, bob) = (somebody(), somebody());
    assert_eq!(owner(&store, X).await, None);
    store.appended(claiming(claim(b'x', ann))).await;
    let taken = store.append(&[claiming(claim(b'x', bob))]).await;
    assert_eq!(taken, [Err(Conflict::Claim(ClaimKind::Username, X))]);
    assert_eq!(owner(&store, X).await, Some(ann));
}

async fn a_claim_sees_the_items_before_it(store: Store) {
    let (ann, bob) = (somebody(), somebody());
    let answers = store.append(&[claiming(claim(b'x', ann)), claiming(claim(b'x', bob))]).await;
    assert_eq!(answers[1], Err(Conflict::Claim(ClaimKind::Username, X)));
    assert_eq!(owner(&store, X).await, Some(ann));
}

async fn the_owner_may_claim_the_same_again(store: Store) {
    let ann = somebody();
    for _ in 0..2 {
        let answers = store.append(&[claiming(claim(b'x', ann)), claiming(claim(b'x', ann))]).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
    assert_eq!(owner(&store, X).await, Some(ann));
}

async fn claiming_something_else_lets_the_earlier_claim_go(store: Store) {
    let (ann, bob) = (somebody(), somebody());
    store.appended(claiming(claim(b'x', ann))).await;
    store.appended(claiming(claim(b'y', ann))).await;
    assert_eq!((owner(&store, X).await, owner(&store, Y).await), (None, Some(ann)));
    store.appended(claiming(claim(b'x', bob))).await;
    assert_eq!(owner(&store, X).await, Some(bob));
}

async fn what_is_let_go_can_be_claimed_in_the_same_batch(store: Store) {
    let (ann, bob) = (somebody(), somebody());
    store.appended(claiming(claim(b'x', ann))).await;
    let answers = store.append(&[claiming(claim(b'y', ann)), claiming(claim(b'x', bob))]).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!((owner(&store, X).await, owner(&store, Y).await), (Some(bob), Some(ann)));
}

async fn claims_of_two_kinds_do_not_meet(store: Store) {
    let (ann, bob) = (somebody(), somebody());
    let email = Claim { kind: ClaimKind::Email, ..claim(b'x', ann) };
    store.appended(Item { claims: vec![email, claim(b'y', ann)], ..item(stream(), 0, 1) }).await;
    store.appended(claiming(claim(b'x', bob))).await;
    assert_eq!(store.claims.owner(ClaimKind::Email, X).await, Ok(Some(ann)));
    assert_eq!(owner(&store, Y).await, Some(ann));
}

async fn an_item_that_fails_claims_nothing(store: Store) {
    let ann = somebody();
    let failing =
        Item { claims: vec![claim(b'x', ann)], credentials: vec![credential(ann, "$a")], ..item(stream(), 3, 1) };
    let bare = Item { claims: vec![claim(b'x', ann)], ..item(stream(), 0, 0) };
    store.append(&[failing, bare]).await;
    assert_eq!(owner(&store, X).await, None);
    assert!(store.credentials.of(ann).await.expect("the store is there").is_none());
}

async fn a_key_is_used_once_by_each_user(store: Store) {
    let (ann, bob) = (somebody(), somebody());
    let answers = store.append(&[keyed(ann, 1), keyed(ann, 1), keyed(ann, 2), keyed(bob, 1)]).await;
    assert_eq!(answers[1], Err(Conflict::Key(ann, [1; 32])));
    assert!(answers[0].is_ok() && answers[2].is_ok() && answers[3].is_ok(), "{answers:?}");
    assert_eq!(store.append(&[keyed(bob, 1)]).await, [Err(Conflict::Key(bob, [1; 32]))]);
}

async fn a_used_key_is_found_with_what_came_of_it(store: Store) {
    let (ann, stream) = (somebody(), stream());
    let used = KeyUse { user: ann, key: [1; 32], request: [2; 32], stream, version: 2, changed: true, status: 201 };
    store.appended(Item { keys: vec![used.clone()], ..item(stream, 0, 2) }).await;
    assert_eq!(store.keys.find(ann, [1; 32]).await, Ok(Some(used)));
    assert_eq!(store.keys.find(ann, [2; 32]).await, Ok(None));
    assert_eq!(store.keys.find(somebody(), [1; 32]).await, Ok(None));
}

async fn a_used_key_is_said_before_any_other_conflict(store: Store) {
    let (ann, bob) = (somebody(), somebody());
    store.appended(Item { claims: vec![claim(b'x', ann)], ..keyed(ann, 1) }).await;
    let again = Item { claims: vec![claim(b'x', bob)], expected: 9, guards: vec![(stream(), 5)], ..keyed(ann, 1) };
    assert_eq!(store.append(&[again]).await, [Err(Conflict::Key(ann, [1; 32]))]);
}

async fn many_keys_go_into_one_batch(store: Store) {
    let ann = somebody();
    let batch: Vec<_> = (0..150).map(|key| keyed(ann, key)).collect();
    assert!(store.append(&batch).await.iter().all(Result::is_ok));
    assert!(store.append(&batch).await.iter().all(Result::is_err));
}

async fn a_credential_is_the_last_that_was_set(store: Store) {
    let (ann, bob) = (somebody(), somebody());
    let setting = |hash| Item { credentials: vec![credential(ann, hash)], ..item(stream(), 0, 1) };
    store.append(&[setting("$first"), setting("$second")]).await;
    store.appended(setting("$third")).await;
    let account = store.credentials.of(ann).await.expect("the store is there").expect("set");
    assert_eq!((account.user, account.password_hash.as_str()), (ann, "$third"));
    assert!(store.credentials.of(bob).await.expect("the store is there").is_none());
}

async fn a_key_without_events_is_kept_too(store: Store) {
    let (ann, stream) = (somebody(), stream());
    let unchanged = |version| KeyUse {
        user: ann,
        key: [version as u8; 32],
        request: [2; 32],
        stream,
        version,
        changed: false,
        status: 200,
    };
    let item =
        |version| Item { stream: Some(stream), expected: version, keys: vec![unchanged(version)], ..Item::default() };
    let answers = store.append(&[item(0), item(0)]).await;
    assert_eq!((answers[0].is_ok(), &answers[1]), (true, &Err(Conflict::Key(ann, [0; 32]))));
    assert_eq!(store.keys.find(ann, [0; 32]).await, Ok(Some(unchanged(0))));
    // It is decided on a version like any other.
    assert_eq!(store.append(&[item(3)]).await, [Err(Conflict::Version)]);
    assert_eq!(store.keys.find(ann, [3; 32]).await, Ok(None));
}

async fn with_the_account_its_claims_and_its_password_end(store: Store) {
    let (ann, bob) = (somebody(), somebody());
    for (user, letter) in [(ann, b'x'), (bob, b'y')] {
        let item = Item { credentials: vec![credential(user, "hash")], ..claiming(claim(letter, user)) };
        store.appended(item).await;
    }
    // What rides in the same append ends with it too: nothing is left behind.
    let late = Item { claims: vec![claim(b'z', ann)], credentials: vec![credential(ann, "newer")], ..ending(ann, 0) };
    store.appended(late).await;
    for digest in [X, [b'z'; 32]] {
        assert_eq!(owner(&store, digest).await, None);
    }
    let hash_of =
        async |user| store.credentials.of(user).await.expect("the store is there").map(|account| account.password_hash);
    assert_eq!(hash_of(ann).await, None);
    assert_eq!((owner(&store, Y).await, hash_of(bob).await.as_deref()), (Some(bob), Some("hash")));
}

async fn what_a_deleted_account_held_can_be_claimed_by_another(store: Store) {
    let (ann, bob) = (somebody(), somebody());
    store.appended(claiming(claim(b'x', ann))).await;
    store.appended(ending(ann, 0)).await;
    store.appended(claiming(claim(b'x', bob))).await;
    assert_eq!(owner(&store, X).await, Some(bob));
}
