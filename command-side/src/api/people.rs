//! Lists of people in bodies.

use std::collections::BTreeSet;

use domain::UserId;
use domain::room::{MOST_MEMBERS, RoomError};
use domain::user::UserError;

use super::Error;

/// The users whom `field` names, each once.
///
/// # Errors
/// Nobody, more than a room can have, or an id that can not be one.
pub(super) fn distinct(field: &str, ids: &[String]) -> Result<Vec<UserId>, Error> {
    if ids.is_empty() {
        return Err(Error::field(field, "EMPTY", format!("{field} must name somebody")));
    }
    let ids: BTreeSet<_> = ids.iter().collect();
    if ids.len() > MOST_MEMBERS {
        return Err(RoomError::TooManyMembers.into());
    }
    let users: BTreeSet<_> =
        ids.into_iter().map(|id| id.parse()).collect::<Result<_, _>>().map_err(|_| UserError::Unknown)?;
    Ok(users.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn ids(count: u128) -> Vec<String> {
        (1..=count).map(|n| Uuid::from_u128(n).to_string()).collect()
    }

    #[test]
    fn everybody_is_named_once() {
        let twice = [ids(3), ids(3)].concat();
        assert_eq!(distinct("user_ids", &twice).expect("people").len(), 3);
    }

    #[test]
    fn nobody_too_many_and_nonsense_are_refused() {
        assert!(matches!(distinct("user_ids", &[]), Err(Error::Invalid(errors)) if errors[0].field == "user_ids"));
        let code = |ids: &[String]| match distinct("user_ids", ids) {
            Err(Error::Refused(refusal)) => refusal.code,
            other => panic!("not refused: {other:?}"),
        };
        assert_eq!(code(&ids(1001)), "TOO_MANY_MEMBERS");
        assert_eq!(code(&["nobody".to_owned()]), "USER_NOT_FOUND");
    }
}
