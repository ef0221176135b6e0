//! Chunked transfer encoding, undone as bytes arrive; a chunk may end anywhere in a read, and a read anywhere in a chunk.

use crate::error::Error;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Size(usize),
    Extension(usize),
    Data(usize),
    DataEnd,
    Trailer { line_is_empty: bool },
    Finished,
}

/// Where in the encoding the last read ended.
pub(crate) struct Chunks(State);

impl Chunks {
    pub(crate) fn new() -> Self {
        Self(State::Size(0))
    }

    /// Whether the last chunk and its trailer have arrived.
    pub(crate) fn finished(&self) -> bool {
        self.0 == State::Finished
    }

    /// Appends to `out` what `input` carries.
    pub(crate) fn decode(&mut self, mut input: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        while let Some(&byte) = input.first() {
            let taken = match self.0 {
                State::Data(left) => {
                    let taken = left.min(input.len());
                    out.extend_from_slice(&input[..taken]);
                    taken
                }
                _ => 1,
            };
            self.0 = self.0.after(byte, taken)?;
            input = &input[taken..];
        }
        Ok(())
    }
}

impl State {
    fn after(self, byte: u8, taken: usize) -> Result<Self, Error> {
        Ok(match (self, byte) {
            (Self::Data(left), _) if left == taken => Self::DataEnd,
            (Self::Data(left), _) => Self::Data(left - taken),
            (Self::Size(0) | Self::Extension(0), b'\n') => Self::Trailer { line_is_empty: true },
            (Self::Size(size) | Self::Extension(size), b'\n') => Self::Data(size),
            (Self::Size(size), b'\r') => Self::Size(size),
            (Self::Size(size), b';') | (Self::Extension(size), _) => Self::Extension(size),
            (Self::Size(size), digit) => Self::Size(grown(size, digit)?),
            (Self::DataEnd, b'\r') => Self::DataEnd,
            (Self::DataEnd, b'\n') => Self::Size(0),
            (Self::DataEnd, _) => return Err(Error::Malformed("a chunk is longer than its size")),
            (Self::Trailer { line_is_empty: true }, b'\n') | (Self::Finished, _) => Self::Finished,
            (Self::Trailer { .. }, b'\n') => Self::Trailer { line_is_empty: true },
            (same @ Self::Trailer { .. }, b'\r') => same,
            (Self::Trailer { .. }, _) => Self::Trailer { line_is_empty: false },
        })
    }
}

fn grown(size: usize, digit: u8) -> Result<usize, Error> {
    let bad = Error::Malformed("a chunk's size");
    match char::from(digit).to_digit(16) {
        Some(value) if size < 1 << 40 => Ok(size * 16 + value as usize),
        _ => Err(bad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENCODED: &[u8] = b"5\r\nhello\r\nc;x=1\r\n, wide world\r\n0\r\nt: v\r\n\r\n";

    #[test]
    fn any_cut_of_the_input_gives_the_same_text() {
        for cut in 0..ENCODED.len() {
            let (mut chunks, mut out) = (Chunks::new(), Vec::new());
            for part in [&ENCODED[..cut], &ENCODED[cut..]] {
                assert!(chunks.decode(part, &mut out).is_ok());
            }
            assert_eq!(out, b"hello, wide world");
            assert!(chunks.finished());
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        assert!(Chunks::new().decode(b"zz\r\n", &mut Vec::new()).is_err());
        assert!(Chunks::new().decode(b"1\r\nabc", &mut Vec::new()).is_err());
    }
}
