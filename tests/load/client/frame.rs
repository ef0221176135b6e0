//! One frame of an event stream.

use super::reply::{find, number, number_after};

/// What stands between two empty lines; a comment has neither event nor data.
#[derive(Default, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// The room's version, where the frame has one.
    pub(crate) id: Option<u64>,
    pub(crate) event: &'a [u8],
    pub(crate) data: &'a [u8],
}

impl<'a> Frame<'a> {
    pub(crate) fn parse(text: &'a [u8]) -> Self {
        let mut frame = Self::default();
        for line in text.split(|byte| *byte == b'\n') {
            if let Some(value) = value(line, b"id:") {
                frame.id = number(value);
            } else if let Some(value) = value(line, b"event:") {
                frame.event = value;
            } else if let Some(value) = value(line, b"data:") {
                frame.data = value;
            }
        }
        frame
    }

    /// The moment of sending that the message's content begins with.
    pub(crate) fn stamp(&self) -> Option<u64> {
        number_after(self.data, b"\"content\":\"t=")
    }
}

fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    line.strip_prefix(name).map(<[u8]>::trim_ascii)
}

/// The length of the first whole frame in `text`, without the empty line that ends it.
pub(crate) fn frame_length(text: &[u8]) -> Option<usize> {
    find(text, b"\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_its_version_and_its_stamp() {
        let text = b"id: 7\nevent: new_message\ndata: {\"content\":\"t=0042 x\"}";
        let frame = Frame::parse(text);
        assert_eq!((frame.id, frame.event), (Some(7), &b"new_message"[..]));
        assert_eq!(frame.stamp(), Some(42));
    }

    #[test]
    fn a_comment_is_nothing() {
        assert_eq!(Frame::parse(b": ping"), Frame::default());
    }
}
