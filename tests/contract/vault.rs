//! Sealing, opening and erasing.

use std::any::Any;
use std::sync::Arc;

use command_side::ports::{Holder, Vault};
use domain::{HasPersonal, Personal, PersonalField, Place, UserId};
use futures::future::BoxFuture;

use super::given::{somebody, stream};

/// A fresh vault, and how to destroy a key in it.
pub(super) struct Keys {
    pub(super) vault: Arc<dyn Vault>,
    pub(super) destroy: Box<dyn Fn(UserId) -> BoxFuture<'static, ()> + Send + Sync>,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Keys:
    what_was_sealed_opens_to_what_it_was,
    what_was_sealed_can_not_be_read_and_never_looks_the_same_twice,
    many_fields_of_many_people_are_sealed_at_once,
    whoever_has_no_key_can_not_be_sealed_for,
    making_a_key_twice_makes_one,
    when_the_key_is_destroyed_what_it_sealed_is_erased_and_nothing_else,
    who_has_a_key_is_told_as_the_keys_are_now,
    what_lies_in_another_place_does_not_open,
    what_belongs_to_another_person_does_not_open,
    whatever_bit_is_changed_it_does_not_open,
    what_is_open_or_erased_already_stays_as_it_is,
);

/// Some texts about some people.
#[derive(Clone, Debug, PartialEq)]
struct Texts(Vec<Personal<String>>);

impl HasPersonal for Texts {
    fn visit_personal(&mut self, visit: &mut dyn FnMut(&mut dyn PersonalField)) {
        self.0.iter_mut().for_each(|field| visit(field));
    }
}

fn about(people: &[UserId]) -> Texts {
    Texts(people.iter().map(|person| Personal::about(*person, format!("a secret of {person} \"\\ü"))).collect())
}

fn place() -> Place {
    Place::event(stream(), 1)
}

async fn with_keys(keys: &Keys, count: usize) -> Vec<UserId> {
    let people: Vec<_> = (0..count).map(|_| somebody()).collect();
    for person in &people {
        keys.vault.create(*person).await.expect("the keys are there");
    }
    people
}

async fn seal(keys: &Keys, place: Place, texts: &mut Texts) {
    keys.vault.seal(&mut [Holder { place, fields: texts }]).await.expect("sealed");
}

async fn open(keys: &Keys, place: Place, texts: &mut Texts) -> Result<(), String> {
    keys.vault.open(&mut [Holder { place, fields: texts }]).await.map_err(|why| why.0)
}

fn sealed_bytes(texts: &mut Texts) -> &mut Vec<u8> {
    match &mut texts.0[0] {
        Personal::Sealed { sealed, .. } => sealed,
        other => panic!("not sealed: {other:?}"),
    }
}

async fn what_was_sealed_opens_to_what_it_was(keys: Keys) {
    let (people, place) = (with_keys(&keys, 2).await, place());
    let texts = about(&people);
    let mut there_and_back = texts.clone();
    seal(&keys, place, &mut there_and_back).await;
    assert!(there_and_back.0.iter().all(|text| matches!(text, Personal::Sealed { .. })));
    assert_eq!(open(&keys, place, &mut there_and_back).await, Ok(()));
    assert_eq!(there_and_back, texts);
}

async fn what_was_sealed_can_not_be_read_and_never_looks_the_same_twice(keys: Keys) {
    let person = with_keys(&keys, 1).await[0];
    let mut texts = about(&[person, person]);
    seal(&keys, place(), &mut texts).await;
    assert_ne!(texts.0[0], texts.0[1]);
    assert!(!sealed_bytes(&mut texts).windows(6).any(|window| window == b"secret"));
}

async fn many_fields_of_many_people_are_sealed_at_once(keys: Keys) {
    let people = with_keys(&keys, 40).await;
    let mut all: Vec<_> = people.iter().map(|person| about(&[*person, people[0]])).collect();
    let (before, place) = (all.clone(), place());
    let mut some: Vec<_> = all.iter_mut().map(|texts| Holder { place, fields: texts }).collect();
    keys.vault.seal(&mut some).await.expect("sealed");
    keys.vault.open(&mut some).await.expect("opened");
    drop(some);
    assert_eq!(all, before);
}

async fn whoever_has_no_key_can_not_be_sealed_for(keys: Keys) {
    let (ann, nobody) = (with_keys(&keys, 1).await[0], somebody());
    let mut texts = about(&[ann, nobody]);
    let refused = keys.vault.seal(&mut [Holder { place: place(), fields: &mut texts }]).await;
    assert!(refused.expect_err("nobody has no key").0.contains(&nobody.to_string()));
    // A key that is made later serves at once.
    keys.vault.create(nobody).await.expect("the keys are there");
    let mut texts = about(&[ann, nobody]);
    seal(&keys, place(), &mut texts).await;
}

async fn making_a_key_twice_makes_one(keys: Keys) {
    let (person, place) = (with_keys(&keys, 1).await[0], place());
    let mut texts = about(&[person]);
    seal(&keys, place, &mut texts).await;
    keys.vault.create(person).await.expect("the keys are there");
    assert_eq!(open(&keys, place, &mut texts).await, Ok(()));
    assert_eq!(texts, about(&[person]));
}

async fn when_the_key_is_destroyed_what_it_sealed_is_erased_and_nothing_else(keys: Keys) {
    let (people, place) = (with_keys(&keys, 2).await, place());
    let mut texts = about(&people);
    seal(&keys, place, &mut texts).await;
    (keys.destroy)(people[0]).await;
    assert_eq!(open(&keys, place, &mut texts).await, Ok(()));
    assert_eq!(texts.0[0], Personal::Erased { subject: people[0] });
    assert_eq!(texts.0[1], about(&people).0[1]);
}

async fn what_lies_in_another_place_does_not_open(keys: Keys) {
    let (person, stream) = (with_keys(&keys, 1).await[0], stream());
    let mut texts = about(&[person]);
    seal(&keys, Place::event(stream, 1), &mut texts).await;
    for elsewhere in [Place::event(stream, 2), Place::snapshot(stream, 1), place()] {
        let mut moved = texts.clone();
        let why = open(&keys, elsewhere, &mut moved).await.expect_err("it belongs elsewhere");
        assert!(why.contains(&person.to_string()), "{why}");
        assert_eq!(moved, texts, "left as it was");
    }
}

async fn what_belongs_to_another_person_does_not_open(keys: Keys) {
    let (people, place) = (with_keys(&keys, 2).await, place());
    let mut texts = about(&people[..1]);
    seal(&keys, place, &mut texts).await;
    let sealed = sealed_bytes(&mut texts).clone();
    let mut stolen = Texts(vec![Personal::Sealed { subject: people[1], sealed }]);
    open(&keys, place, &mut stolen).await.expect_err("another's key");
}

async fn whatever_bit_is_changed_it_does_not_open(keys: Keys) {
    let (person, place) = (with_keys(&keys, 1).await[0], place());
    let mut texts = about(&[person]);
    seal(&keys, place, &mut texts).await;
    for index in 0..sealed_bytes(&mut texts).len() {
        let mut tampered = texts.clone();
        sealed_bytes(&mut tampered)[index] ^= 1;
        open(&keys, place, &mut tampered).await.expect_err("tampered with");
    }
    for length in [0, 1, 11, 12, 27] {
        let mut cut = texts.clone();
        sealed_bytes(&mut cut).truncate(length);
        open(&keys, place, &mut cut).await.expect_err("cut short");
    }
}

async fn what_is_open_or_erased_already_stays_as_it_is(keys: Keys) {
    let (person, gone, place) = (with_keys(&keys, 1).await[0], somebody(), place());
    let mut texts = Texts(vec![Personal::about(person, "open".to_owned()), Personal::Erased { subject: gone }]);
    let before = texts.clone();
    assert_eq!(open(&keys, place, &mut texts).await, Ok(()));
    assert_eq!(texts, before);
    texts.0[0] = Personal::Erased { subject: person };
    seal(&keys, place, &mut texts).await;
    assert_eq!(texts.0, [Personal::Erased { subject: person }, Personal::Erased { subject: gone }]);
}

async fn who_has_a_key_is_told_as_the_keys_are_now(keys: Keys) {
    let people = with_keys(&keys, 3).await;
    let asked = [&people[..], &[somebody()]].concat();
    let holding = async || {
        let mut holding = keys.vault.holding(&asked).await.expect("the keys are there");
        holding.sort_unstable();
        holding
    };
    let mut all = people.clone();
    all.sort_unstable();
    assert_eq!(holding().await, all);
    for _ in 0..2 {
        keys.vault.destroy(people[1]).await.expect("the keys are there");
    }
    all.retain(|person| *person != people[1]);
    assert_eq!(holding().await, all);
    assert_eq!(keys.vault.holding(&[]).await, Ok(vec![]));
}
