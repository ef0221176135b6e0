//! What one process at a time does: it holds a lease in the registry and renews it. By the server's clock.

use std::time::Duration;

use mongodb::bson::doc;
use mongodb::error::Error;
use mongodb::options::ReturnDocument;
use projections::ports::Unavailable;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

use super::faults::{WRITE_PATIENCE, away, within};
use super::fields::Fields as _;
use super::registry::{Registry, only};
use super::state::after;

/// How long a lease lasts that is not renewed: whoever held it is dead.
const VALID: Duration = Duration::from_secs(5);
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(1);
/// How often somebody who meets a lease looks whether it is renewed.
const LOOK: Duration = Duration::from_millis(200);

/// A lease, until it is dropped.
pub(super) struct Lease {
    pub(super) holder: String,
    registry: Registry,
    what: &'static str,
    renewing: JoinHandle<()>,
}

/// Who has it.
#[derive(Clone, PartialEq, Eq)]
struct Held {
    holder: String,
    until: i64,
}

impl Lease {
    /// Takes the lease on `what`; waits for one that nobody renews to end.
    pub(super) async fn take(registry: &Registry, what: &'static str) -> Result<Self, Unavailable> {
        let holder = Uuid::now_v7().to_string();
        let (mut other, end) = (None, Instant::now() + 2 * VALID);
        loop {
            let held = hold(registry, what, &holder).await.map_err(away)?;
            if held.holder == holder {
                return Ok(Self::renewing(registry.clone(), what, holder));
            }
            if *other.get_or_insert(held.clone()) != held || Instant::now() > end {
                return Err(Unavailable(format!("another {what} of the timeline runs")));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn renewing(registry: Registry, what: &'static str, holder: String) -> Self {
        let renewing = tokio::spawn({
            let (registry, holder) = (registry.clone(), holder.clone());
            async move {
                loop {
                    tokio::time::sleep(RENEW).await;
                    // One that could not be renewed is tried again; one that was lost is not taken back.
                    let _ = renew(&registry, what, &holder).await;
                }
            }
        });
        Self { holder, registry, what, renewing }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewing.abort();
        let (registry, what, holder) = (self.registry.clone(), self.what, self.holder.clone());
        // Without a runtime, or when this fails, it ends by itself.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { release(&registry, what, &holder).await });
        }
    }
}

/// Takes the lease if it is free; gives who holds it then.
async fn hold(registry: &Registry, what: &str, holder: &str) -> Result<Held, Error> {
    let (field, until) = (format!("leases.{what}"), format!("$leases.{what}.until"));
    let is_held = doc! { "$gt": [until, "$$NOW"] };
    let mine = doc! { "holder": holder, "until": after(VALID) };
    let update = vec![doc! { "$set": { &field: { "$cond": [is_held, format!("${field}"), mine] } } }];
    let take = registry.entries().find_one_and_update(only(), update).return_document(ReturnDocument::After);
    let entry = within(WRITE_PATIENCE, async { take.await }).await?;
    let entry = entry.ok_or_else(|| Error::from(std::io::Error::other("the registry of the timeline is gone")))?;
    let held = entry.part("leases")?.part(what)?;
    Ok(Held { holder: held.text("holder")?.to_owned(), until: held.get_datetime("until")?.timestamp_millis() })
}

async fn renew(registry: &Registry, what: &str, holder: &str) -> Result<(), Error> {
    let mut filter = only();
    filter.insert(format!("leases.{what}.holder"), holder);
    let update = vec![doc! { "$set": { format!("leases.{what}.until"): after(VALID) } }];
    within(WRITE_PATIENCE, async { registry.entries().update_one(filter, update).await }).await.map(|_| ())
}

async fn release(registry: &Registry, what: &str, holder: &str) {
    let mut filter = only();
    filter.insert(format!("leases.{what}.holder"), holder);
    let update = doc! { "$unset": { format!("leases.{what}"): "" } };
    let _ = within(WRITE_PATIENCE, async { registry.entries().update_one(filter, update).await }).await;
}
