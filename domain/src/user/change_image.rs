//! A person takes another picture, or none.

use super::{ImageName, User, UserError, UserEvent};
use crate::{Personal, UserId};

/// Gives the profile another image, which lies there already, or takes it away. What stands already is not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeImage {
    pub user: UserId,
    pub image: Option<ImageName>,
}

impl ChangeImage {
    pub(super) fn decide(&self, user: &User) -> Result<Vec<UserEvent>, UserError> {
        if !user.exists() {
            return Err(UserError::Unknown);
        }
        let stands = match (&user.image, &self.image) {
            (None, None) => true,
            (Some(old), Some(new)) => old.value().is_some_and(|old| old.shows_the_same(new)),
            _ => false,
        };
        let image = self.image.map(|image| Personal::about(self.user, image));
        Ok(if stands { vec![] } else { vec![UserEvent::ProfileImageChanged { image }] })
    }
}

#[cfg(test)]
mod tests {
    use super::super::UserCommand;
    use super::super::given::*;
    use super::*;

    fn change(image: Option<ImageName>) -> UserCommand {
        UserCommand::ChangeImage(ChangeImage { user: ANN, image })
    }

    fn changed(image: Option<ImageName>) -> UserEvent {
        UserEvent::ProfileImageChanged { image: image.map(|image| Personal::about(ANN, image)) }
    }

    #[test]
    fn a_picture_takes_the_place_of_the_one_before() {
        let ann = given::<User>(vec![registered()]);
        ann.when(change(Some(image(1)))).then_expect_events(vec![changed(Some(image(1)))]);
        let ann = given::<User>(vec![registered(), changed(Some(image(1)))]);
        ann.when(change(Some(image(2)))).then_expect_events(vec![changed(Some(image(2)))]);
    }

    #[test]
    fn the_same_picture_again_changes_nothing_whenever_it_is_brought() {
        let later = ImageName { made_at: 1_000, ..image(1) };
        let ann = given::<User>(vec![registered(), changed(Some(image(1)))]);
        ann.when(change(Some(later))).then_expect_events(vec![]);
        let ann = given::<User>(vec![registered(), changed(Some(image(1))), changed(Some(image(2)))]);
        ann.when(change(Some(later))).then_expect_events(vec![changed(Some(later))]);
    }

    #[test]
    fn a_picture_is_taken_away_once() {
        let ann = given::<User>(vec![registered(), changed(Some(image(1)))]);
        ann.when(change(None)).then_expect_events(vec![changed(None)]);
        let ann = given::<User>(vec![registered(), changed(Some(image(1))), changed(None)]);
        ann.when(change(None)).then_expect_events(vec![]);
        given::<User>(vec![registered()]).when(change(None)).then_expect_events(vec![]);
    }

    #[test]
    fn nobody_has_no_picture() {
        given::<User>(vec![]).when(change(Some(image(1)))).then_expect_error(UserError::Unknown);
    }
}
