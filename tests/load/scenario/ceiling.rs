//! The yardstick: what this server build answers when there is nothing to do.

use crate::cli::{Crowd, Window};
use crate::drive::closed;
use crate::error::Error;
use crate::measure::report::Report;
use crate::prepare::{people, shots};
use crate::server::Server;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    crowd: Crowd,
    #[command(flatten)]
    window: Window,
}

pub(crate) async fn run(args: &Args, server: &Server) -> Result<Report, Error> {
    let address = server.address();
    let people = people::sign_up(address, args.crowd.users).await?;
    let shots = shots::ceiling(&people, args.crowd.connections);
    let mut connections = closed::connect(address, args.crowd.connections).await?;
    let outcome = closed::drive(server, &mut connections, &shots, args.window.into()).await?;
    Ok(super::report("ceiling", outcome))
}
