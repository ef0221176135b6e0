//! Credentials, sessions, tokens, passwords.
