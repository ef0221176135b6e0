//! The write API. Handlers turn path and body into a command, dispatch it and shape the reply.

pub mod caller;
pub mod error;
pub mod extract;
pub mod views;

pub use caller::{Caller, Trace};
pub use error::{Error, FieldError, Problem};
pub use extract::{Body, Id, Params};
