use uuid::Uuid;

use super::*;
use crate::config::{Settings, Sources};

fn rates() -> Rates {
    let set = |name: &str| match name {
        "CHAT_COMMANDS_PER_USER" => Some("1/h:3".into()),
        "CHAT_COMMANDS_PER_ADDRESS" => Some("1/h:5".into()),
        "CHAT_STREAMS_PER_USER" => Some("off".into()),
        _ => None,
    };
    let sources = Sources::gather(&crate::config::AllFlags::default(), set).expect("settings");
    Rates::new(Settings::read(&sources).expect("settings").limits, false)
}

fn asker(user: u128, address: &str) -> Asker {
    Asker { user: Some(UserId(Uuid::from_u128(user))), address: Some(address.parse().expect("an address")) }
}

/// How many of so many pass.
fn passing(rates: &Rates, kind: CallKind, asker: Asker, times: usize) -> usize {
    (0..times).filter(|_| rates.ask(kind, asker).is_none_or(|verdict| verdict.wait.is_none())).count()
}

#[test]
fn a_user_is_held_to_a_limit_whatever_the_address_and_another_kind_is_another_limit() {
    let rates = rates();
    assert_eq!(passing(&rates, CallKind::Command, asker(1, "10.0.0.1"), 2), 2);
    assert_eq!(passing(&rates, CallKind::Command, asker(1, "10.0.0.2"), 9), 1);
    assert_eq!(passing(&rates, CallKind::Query, asker(1, "10.0.0.2"), 9), 9);
}

#[test]
fn an_address_is_held_to_a_limit_whoever_asks_and_what_it_refuses_costs_the_user_nothing() {
    let rates = rates();
    assert_eq!(passing(&rates, CallKind::Command, asker(1, "10.0.0.1"), 3), 3);
    assert_eq!(passing(&rates, CallKind::Command, asker(2, "10.0.0.1"), 9), 2);
    assert_eq!(passing(&rates, CallKind::Command, asker(2, "10.0.0.2"), 9), 1, "two of three are used");
}

#[test]
fn of_two_limits_the_nearer_is_told() {
    let (rates, ann) = (rates(), asker(1, "10.0.0.1"));
    let verdict = rates.ask(CallKind::Command, ann).expect("limits");
    assert_eq!((verdict.whose, verdict.left, verdict.wait), (Whose::User, 2, None));
    assert_eq!(passing(&rates, CallKind::Command, asker(2, "10.0.0.1"), 3), 3);
    let verdict = rates.ask(CallKind::Command, ann).expect("limits");
    assert_eq!((verdict.whose, verdict.left), (Whose::Address, 0));
}

#[test]
fn who_is_not_signed_in_is_held_to_the_limit_of_their_address_alone() {
    let (rates, anybody) = (rates(), Asker { user: None, ..asker(1, "10.0.0.1") });
    assert_eq!(passing(&rates, CallKind::Command, anybody, 9), 5);
    assert_eq!(rates.ask(CallKind::Command, Asker::default()), None, "nothing is known of them");
}

#[test]
fn a_limit_that_is_off_is_none() {
    let (rates, nowhere) = (rates(), Asker { address: None, ..asker(1, "10.0.0.1") });
    assert_eq!(rates.ask(CallKind::Stream, nowhere), None);
    assert_eq!(Rates::off().ask(CallKind::Login, asker(1, "10.0.0.1")), None);
}

#[test]
fn who_has_an_address_of_ipv6_has_its_whole_network_and_a_mapped_one_is_what_it_maps() {
    let rates = rates();
    assert_eq!(passing(&rates, CallKind::Command, asker(1, "2001:db8:0:1::1"), 3), 3);
    assert_eq!(passing(&rates, CallKind::Command, asker(2, "2001:db8:0:1:ffff::2"), 9), 2);
    assert_eq!(passing(&rates, CallKind::Command, asker(3, "2001:db8:0:2::1"), 9), 3);
    assert_eq!(
        counted("::ffff:10.0.0.1".parse().expect("an address")),
        "10.0.0.1".parse::<IpAddr>().expect("an address")
    );
}
