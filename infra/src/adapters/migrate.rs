//! Whether a store's schema is brought up to date on opening.

use std::error::Error;

use sqlx::migrate::Migrator;

use crate::config::Settings;

type Failure = Box<dyn Error + Send + Sync>;

/// What is done about the schema of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    /// It is brought up to date.
    Run,
    /// It has to be there, and of this release.
    Check,
}

impl Migrate {
    /// What the settings say.
    #[must_use]
    pub const fn of(settings: &Settings) -> Self {
        if settings.migrate { Self::Run } else { Self::Check }
    }

    /// Brings the schema of a database up to date, or checks it; `what` it is for is told to the operator.
    ///
    /// # Errors
    /// It is missing or older and was only to be checked, is newer than this release, or the database is away.
    pub async fn sql<C>(self, on: &mut C, mut migrations: Migrator, what: &str) -> Result<(), Failure>
    where
        C: sqlx::migrate::Migrate,
    {
        // Ours is taken before the first look: processes that start together do not make the same table.
        migrations.set_locking(false);
        on.lock().await?;
        let outcome = self.locked(on, &migrations, what).await;
        on.unlock().await?;
        outcome
    }

    async fn locked<C>(self, on: &mut C, migrations: &Migrator, what: &str) -> Result<(), Failure>
    where
        C: sqlx::migrate::Migrate,
    {
        let known = migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
        on.ensure_migrations_table().await?;
        let applied = on.list_applied_migrations().await?;
        let newest = applied.iter().map(|migration| migration.version).max().unwrap_or(0);
        if newest > known {
            return Err(format!(
                "the schema of the {what} is of a newer release ({newest}, this one knows {known}): run that release"
            )
            .into());
        }
        if self == Self::Check && newest < known {
            return Err(
                format!("the schema of the {what} is not there yet or older: run `bigtech-chat migrate`").into()
            );
        }
        if newest < known {
            migrations.run_direct(on).await?;
        }
        Ok(())
    }
}
