//! The read side: queries over the read models, and live streams.

