//! From a send to the live streams of its room, many rooms at a fixed rate.

use crate::cli::{Crowd, Window};
use crate::drive::live::{self, Follower, Rate};
use crate::error::Error;
use crate::measure::report::Report;
use crate::prepare::rooms::Room;
use crate::prepare::{people, rooms};
use crate::server::Server;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    crowd: Crowd,
    #[command(flatten)]
    window: Window,
    /// Rooms, each followed by one stream
    #[arg(long, default_value_t = 50)]
    rooms: usize,
    /// Sends a second, all rooms together
    #[arg(long, default_value_t = 1000.0)]
    rate: f64,
}

pub(crate) async fn run(args: &Args, server: &Server) -> Result<Report, Error> {
    let people = people::sign_up(server.address(), args.crowd.users).await?;
    let rooms = rooms::open(server.address(), &people, args.rooms).await?;
    let followers: Vec<_> = rooms.iter().enumerate().map(follower).collect();
    let rate = Rate { senders: args.crowd.connections, per_second: args.rate, window: args.window };
    let outcome = live::run(server, &people, &rooms, &followers, &rate).await?;
    Ok(super::fanout::report("delivery", outcome))
}

fn follower((room, members): (usize, &Room)) -> Follower {
    let person = members.members.last().copied().unwrap_or(0);
    Follower { room, person }
}
