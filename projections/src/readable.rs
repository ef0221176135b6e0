//! Personal fields on their way into a read model.

use domain::Personal;

use crate::ports::Unprojectable;

/// A field that was opened, as text; none of one that is erased.
///
/// # Errors
/// It is still sealed: to keep it as erased would lose it.
pub(crate) fn readable<T: ToString>(field: &Personal<T>) -> Result<Option<String>, Unprojectable> {
    match field {
        Personal::Open { value, .. } => Ok(Some(value.to_string())),
        Personal::Erased { .. } => Ok(None),
        Personal::Sealed { .. } => Err(Unprojectable("a personal field is sealed".to_owned())),
    }
}

/// The same for a field that need not be there.
pub(crate) fn readable_if_any<T: ToString>(field: Option<&Personal<T>>) -> Result<Option<String>, Unprojectable> {
    field.map_or(Ok(None), readable)
}
