//! A stream as a file that can be checked without the system: JSON lines, sealed as stored.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write as _, stderr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use domain::stored::Raw;
use domain::{Envelope, StreamId};
use projections::audit::{At, Broken, Chain, Record, walk};

use super::stores::{Ended, Stores};
use crate::adapters::beside::Failure;

/// Writes the stream as it is stored. Gives the first event that is not what was recorded.
pub(super) async fn run(stores: &Stores, stream: StreamId, path: &Path) -> Result<Option<Broken>, Failure> {
    let (mut file, mut count) = (None, 0);
    let (mut chain, mut broken) = (Chain::default(), None);
    let walked = walk(&*stores.events, stream, At::End, async |page: Vec<Envelope<Raw>>| {
        // Only a stream that there is makes a file.
        let out = match &mut file {
            Some(out) => out,
            None => file.insert(create(path).map_err(|error| Failure::from(format!("{}: {error}", path.display())))?),
        };
        for event in &page {
            let line = serde_json::to_string(&Record::of(event)).map_err(Failure::from)?;
            writeln!(out, "{line}")?;
            count += 1;
            if broken.is_none() {
                broken = chain.take(&line).err();
            }
        }
        Ok::<_, Ended>(())
    });
    walked.await.map_err(|ended| ended.0)?;
    if let Some(mut out) = file {
        out.flush()?;
        out.get_ref().sync_all()?;
    }
    writeln!(stderr(), "{count} events of {stream} are in {}", path.display())?;
    if let Some(broken) = &broken {
        writeln!(stderr(), "BROKEN: {broken}")?;
    }
    Ok(broken)
}

fn create(path: &Path) -> Result<BufWriter<std::fs::File>, std::io::Error> {
    // Never over another file: it may be the only copy of something.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(BufWriter::new(file))
}
