//! `bigtech-chat`: one binary that carries every role, or some.

use std::process::ExitCode;

/// Gives memory back when thousands of streams have left. How soon is set when it is built: `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    infra::cli::main()
}
