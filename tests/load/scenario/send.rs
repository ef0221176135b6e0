//! Durable sends into many rooms.

use crate::cli::{Crowd, Window};
use crate::drive::closed;
use crate::error::Error;
use crate::measure::report::Report;
use crate::prepare::{people, rooms, shots};
use crate::server::Server;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    crowd: Crowd,
    #[command(flatten)]
    window: Window,
    /// Rooms: pairs, or groups where there are fewer rooms than people
    #[arg(long, default_value_t = 50)]
    rooms: usize,
}

pub(crate) async fn run(args: &Args, server: &Server) -> Result<Report, Error> {
    let address = server.address();
    let people = people::sign_up(address, args.crowd.users).await?;
    let rooms = rooms::open(address, &people, args.rooms).await?;
    let shots = shots::sends(&people, &rooms, args.crowd.connections);
    let mut connections = closed::connect(address, args.crowd.connections).await?;
    let outcome = closed::drive(server, &mut connections, &shots, args.window.into()).await?;
    Ok(super::report("send", outcome))
}
