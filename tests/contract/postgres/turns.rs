//! Several processes and one process manager.

use command_side::ports::process::Turns as _;
use uuid::Uuid;

use super::Database;

const ONE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

#[tokio::test]
async fn it_is_one_process_turn_until_it_does_not_come_back() {
    let Some(database) = Database::new().await else { return };
    let (one, other) = (database.store().await, database.store().await);
    assert_eq!(one.take("a", ONE).await, Ok(Some(0)));
    assert_eq!(other.take("a", OTHER).await, Ok(None));
    assert_eq!(other.done("a", OTHER, 9).await, Ok(false));
    assert_eq!(one.done("a", ONE, 5).await, Ok(true));
    assert_eq!(one.take("a", ONE).await, Ok(Some(5)));
    super::on(&database.url(), "UPDATE processes SET until = clock_timestamp() - interval '1 s'").await;
    assert_eq!(other.take("a", OTHER).await, Ok(Some(5)));
    assert_eq!((one.take("a", ONE).await, one.done("a", ONE, 6).await), (Ok(None), Ok(false)));
}
