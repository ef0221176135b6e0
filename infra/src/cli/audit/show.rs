//! A stream's history and state, to be read.

use std::io::{self, Write, stdout};

use domain::stored::Raw;
use domain::{Envelope, StreamId};
use projections::audit::{At, Broken, Chain, Record, State, walk};
use serde_json::{Value, json};

use super::stores::{Ended, Stores};
use crate::adapters::beside::Failure;

/// Prints a line an event, and the state behind them. Gives the first event that is not what was recorded.
pub(super) async fn text(stores: &Stores, stream: StreamId, at: At) -> Result<Option<Broken>, Failure> {
    let mut out = io::BufWriter::new(stdout());
    let (state, broken) = each(stores, stream, at, |event, payload, _| {
        let who = event.actor.user.map_or_else(|| "nobody".to_owned(), |user| user.to_string());
        let Envelope { version, recorded_at, .. } = event;
        writeln!(out, "{version:>6}  {recorded_at}  {:<20} by {who}  {payload}", event.payload.event_type)
    })
    .await?;
    writeln!(out, "\n{stream} is then\n{state:#}")?;
    if let Some(broken) = &broken {
        writeln!(out, "\nBROKEN: {broken}")?;
    }
    out.flush()?;
    Ok(broken)
}

/// Prints one document, event by event, so that a long stream needs no more memory than a short one. Gives the first event that is
/// not what was recorded.
pub(super) async fn json(stores: &Stores, stream: StreamId, at: At) -> Result<Option<Broken>, Failure> {
    let mut out = io::BufWriter::new(stdout());
    let (state, broken) = each(stores, stream, at, |event, payload, is_first| {
        let before =
            if is_first { format!("{{\"stream\":{},\"events\":[\n", json!(stream.to_string())) } else { ",\n".into() };
        write!(out, "{before}{}", document(event, &payload))
    })
    .await?;
    let fault = json!(broken.as_ref().map(ToString::to_string));
    writeln!(out, "\n],\"state\":{state},\"broken\":{fault}}}")?;
    out.flush()?;
    Ok(broken)
}

/// Prints every event up to `at`; gives the state that they come to, and where the chain of hashes breaks.
async fn each(
    stores: &Stores,
    stream: StreamId,
    at: At,
    mut print: impl FnMut(&Envelope<Raw>, Value, bool) -> io::Result<()>,
) -> Result<(Value, Option<Broken>), Failure> {
    let mut state = State::new(stream.kind);
    let (mut chain, mut broken) = (Chain::default(), None);
    let mut is_first = true;
    let walked = walk(&*stores.events, stream, at, async |page: Vec<Envelope<Raw>>| {
        for event in &page {
            print(event, stores.payload(event).await?, is_first)?;
            state.take(stores.event(event).await?);
            if broken.is_none() {
                let line = serde_json::to_string(&Record::of(event)).map_err(Failure::from)?;
                broken = chain.take(&line).err();
            }
            is_first = false;
        }
        Ok::<_, Ended>(())
    });
    walked.await.map_err(|ended| ended.0)?;
    Ok((state.json()?, broken))
}

fn document(event: &Envelope<Raw>, payload: &Value) -> Value {
    json!({
        "position": event.position,
        "version": event.version,
        "type": event.payload.event_type,
        "actor": event.actor.user,
        "recorded_at": event.recorded_at,
        "correlation_id": event.actor.correlation_id,
        "causation_id": event.actor.causation_id,
        "hash": event.payload.hash.to_string(),
        "payload": payload,
    })
}
