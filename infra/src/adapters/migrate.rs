//! Whether a store's schema is brought up to date on opening.

use std::error::Error;

use sqlx::migrate::{AppliedMigration, MigrateError, Migrator};

use super::opening::NotYet;

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
    /// It is missing or older and was only to be checked, is newer than this release, is another's, or the database is away.
    pub async fn sql<C>(self, on: &mut C, mut migrations: Migrator, what: &str) -> Result<(), Failure>
    where
        C: sqlx::migrate::Migrate,
    {
        if self == Self::Check {
            return check(&applied(on).await?, &migrations, what);
        }
        // Ours is taken before the first look: processes that start together do not make the same table.
        migrations.set_locking(false);
        on.lock().await.map_err(patient)?;
        let outcome = run(on, &migrations, what).await;
        on.unlock().await?;
        outcome
    }
}

async fn run<C: sqlx::migrate::Migrate>(on: &mut C, migrations: &Migrator, what: &str) -> Result<(), Failure> {
    on.ensure_migrations_table().await?;
    let applied = on.list_applied_migrations().await?;
    fits(&applied, migrations, what)?;
    if newest(&applied) < known(migrations) {
        migrations.run_direct(on).await?;
    }
    Ok(())
}

fn check(applied: &[AppliedMigration], migrations: &Migrator, what: &str) -> Result<(), Failure> {
    fits(applied, migrations, what)?;
    if newest(applied) < known(migrations) {
        return Err(format!("the schema of the {what} is not there yet or older: run `bigtech-chat migrate`").into());
    }
    Ok(())
}

/// Whether what is there was made by this release or one before it, for the same.
fn fits(applied: &[AppliedMigration], migrations: &Migrator, what: &str) -> Result<(), Failure> {
    let is_another = |there: &&AppliedMigration| {
        migrations.iter().any(|ours| ours.version == there.version && ours.checksum != there.checksum)
    };
    if let Some(another) = applied.iter().find(is_another) {
        return Err(format!(
            "what the database holds is not the {what} as this release makes it (from migration {} on): does the URL name the database of the {what}?",
            another.version
        )
        .into());
    }
    let (newest, known) = (newest(applied), known(migrations));
    if newest > known {
        return Err(format!(
            "the schema of the {what} is of a newer release ({newest}, this one knows {known}): run that release"
        )
        .into());
    }
    Ok(())
}

/// What was applied; nothing is made, so that a role that may not make tables can look.
async fn applied<C: sqlx::migrate::Migrate>(on: &mut C) -> Result<Vec<AppliedMigration>, Failure> {
    match on.list_applied_migrations().await {
        Err(MigrateError::Execute(error)) if is_no_table(&error) => Ok(vec![]),
        outcome => Ok(outcome?),
    }
}

/// As PostgreSQL and MySQL say it.
fn is_no_table(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| ["42P01", "42S02"].contains(&&*code))
}

/// Another process that migrates for long is waited for.
fn patient(error: MigrateError) -> Failure {
    match &error {
        MigrateError::Execute(sqlx::Error::Database(said)) if said.code().as_deref() == Some("55P03") => {
            NotYet("another process brings the schema up to date".to_owned()).into()
        }
        _ => error.into(),
    }
}

fn newest(applied: &[AppliedMigration]) -> i64 {
    applied.iter().map(|migration| migration.version).max().unwrap_or(0)
}

fn known(migrations: &Migrator) -> i64 {
    migrations.iter().map(|migration| migration.version).max().unwrap_or(0)
}
