//! Somebody who can not decide how to be called.

use domain::Decide as _;
use domain::user::{
    ChangeImage, ChangePassword, ChangeProfile, DeleteAccount, ImageFormat, ImageName, Register, StatusMessage, User,
    UserCommand, UserEvent,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::people::{ANN, typed};
use crate::store::{after, assert_replays, erased};

fn register() -> impl Strategy<Value = UserCommand> {
    (typed(), option::of(typed()), typed()).prop_map(|(email, username, nickname)| {
        UserCommand::Register(Register { user: ANN, email, username, nickname })
    })
}

fn change_profile() -> impl Strategy<Value = UserCommand> {
    let status = prop_oneof![3 => typed().prop_map(StatusMessage::Set), 1 => Just(StatusMessage::Clear)];
    (option::of(typed()), option::weighted(0.3, typed()), option::of(status)).prop_map(
        |(nickname, username, status_message)| {
            UserCommand::ChangeProfile(ChangeProfile { user: ANN, nickname, username, status_message })
        },
    )
}

fn change_image() -> impl Strategy<Value = UserCommand> {
    option::of((0..4_u128, 0..9_u32)).prop_map(|picture| {
        let name = |(digest, made_at)| ImageName { user: ANN, made_at, digest, format: ImageFormat::Webp };
        UserCommand::ChangeImage(ChangeImage { user: ANN, image: picture.map(name) })
    })
}

fn command() -> impl Strategy<Value = UserCommand> {
    prop_oneof![
        3 => register(),
        8 => change_profile(),
        3 => change_image(),
        2 => (0..4_u64).prop_map(|after| UserCommand::ChangePassword(ChangePassword { after })),
        1 => (0..4_u64).prop_map(|after| UserCommand::DeleteAccount(DeleteAccount { after })),
    ]
}

fn live(commands: &[UserCommand]) -> (User, Vec<UserEvent>) {
    let (mut user, mut history) = (User::default(), vec![]);
    for command in commands {
        let existed = user.exists();
        let Ok(events) = user.decide(command) else { continue };
        assert_eq!(existed, !matches!(command, UserCommand::Register(_)), "{command:?}");
        assert!(!history.contains(&UserEvent::AccountDeleted {}), "nothing happens to who is gone");
        user = after(user, events.clone());
        history.extend(events);
        if let UserCommand::ChangeProfile(_) | UserCommand::ChangeImage(_) = command {
            assert_eq!(user.decide(command), Ok(vec![]), "the same again changes nothing");
        }
    }
    (user, history)
}

proptest! {
    #[test]
    fn an_account_begins_once_and_replay_gives_the_same(commands in vec(command(), 0..30), cut in 0..40_usize) {
        let (user, history) = live(&commands);
        assert_replays(&user, &history, cut);
    }

    #[test]
    fn an_erased_account_still_folds_and_decides(commands in vec(command(), 0..20), next in command()) {
        let (user, history) = live(&commands);
        let unreadable = after(User::default(), erased(&history, ANN));
        prop_assert_eq!(unreadable.exists(), user.exists());
        prop_assert_eq!(unreadable.decide(&next).is_ok(), user.decide(&next).is_ok());
    }
}
