//! Accounts: passwords, tokens, sessions, and the slowing down of guesses.

mod ended;
mod passwords;
mod sessions;
pub(super) mod throttle;
mod tokens;

pub use ended::EndedSessions;
pub use passwords::{Argon2Passwords, is_bcrypt};
pub use sessions::{SqliteSessions, forget_sessions};
pub use throttle::InProcessThrottle;
pub use tokens::{ACCESS_LIFE, JwtTokens};
