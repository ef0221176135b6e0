//! The people who use the cluster while it suffers.

pub(crate) mod doer;
pub(crate) mod follower;
pub(crate) mod friends;
pub(crate) mod members;
pub(crate) mod reader;
pub(crate) mod scene;
pub(crate) mod track;
pub(crate) mod writer;
