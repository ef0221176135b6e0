//! What a process carries.
