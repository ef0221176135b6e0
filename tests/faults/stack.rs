//! The servers, which are this program's own: through `infra/dev/stack`, in a folder of their own.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tokio::process::Command;
use world::Servers;

/// The servers of one folder.
#[derive(Clone, Debug)]
pub(crate) struct Stack {
    folder: PathBuf,
    offset: u16,
}

impl Stack {
    /// Starts what does not run.
    pub(crate) async fn up(folder: PathBuf, offset: u16) -> Result<Self, String> {
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let folder = folder.canonicalize().map_err(|error| format!("{}: {error}", folder.display()))?;
        let stack = Self { folder, offset };
        stack.act("up", &[]).await?;
        Ok(stack)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) async fn servers(&self) -> Result<Servers, String> {
        let printed = self.run("test-env", &[]).await?;
        Ok(Servers::printed(&String::from_utf8_lossy(&printed.stdout)))
    }

    /// A command of `infra/dev/stack` on servers by name; all of them if none is named.
    pub(crate) async fn act(&self, command: &str, names: &[&str]) -> Result<(), String> {
        self.run(command, names).await.map(|_| ())
    }

    async fn run(&self, command: &str, names: &[&str]) -> Result<Output, String> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/dev/stack");
        let output = Command::new(script)
            .arg(command)
            .args(names)
            .env("CHAT_STACK", &self.folder)
            .env("CHAT_STACK_OFFSET", self.offset.to_string())
            .env("CHAT_BROKERS", "3")
            .stdin(Stdio::null())
            .output()
            .await
            .map_err(|error| format!("{script}: {error}"))?;
        match output.status.success() {
            true => Ok(output),
            false => {
                Err(format!("infra/dev/stack {command} {names:?} failed: {}", String::from_utf8_lossy(&output.stderr)))
            }
        }
    }
}
