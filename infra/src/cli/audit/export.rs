//! A stream as a file that can be checked without the system: JSON lines, sealed as stored.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write as _, stderr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use domain::stored::Raw;
use domain::{Envelope, StreamId};
use projections::audit::{At, Record, walk};

use super::stores::{Ended, Stores};
use crate::adapters::beside::Failure;

pub(super) async fn run(stores: &Stores, stream: StreamId, path: &Path) -> Result<(), Failure> {
    let mut file = None;
    let mut count = 0;
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
        }
        Ok::<_, Ended>(())
    });
    walked.await.map_err(|ended| ended.0)?;
    if let Some(mut out) = file {
        out.flush()?;
        out.get_ref().sync_all()?;
    }
    writeln!(stderr(), "{count} events of {stream} are in {}", path.display())?;
    Ok(())
}

fn create(path: &Path) -> Result<BufWriter<std::fs::File>, std::io::Error> {
    // Never over another file: it may be the only copy of something.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(BufWriter::new(file))
}
