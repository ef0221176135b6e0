//! Brokers and an event store that belong together.

use infra::adapters::kafka::tie;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_partitions_and_another_cluster_are_refused() {
    let Some(wire) = Wire::new().await else { return };
    tie(&*wire.store, &wire.url, EACH).await.expect("tied");
    let refused = tie(&*wire.store, &wire.url, EACH + 1).await.expect_err("refused").to_string();
    assert!(refused.contains("partitions"), "{refused}");
    let refused = ensure(&wire.url, EACH + 1).await.expect_err("refused").to_string();
    assert!(refused.contains("has 2 partitions, not 3"), "{refused}");
    crate::contract::postgres::on(&wire.database.url(), "UPDATE identity SET value = 'another' WHERE name = 'kafka'")
        .await;
    let refused = tie(&*wire.store, &wire.url, EACH).await.expect_err("refused").to_string();
    assert!(refused.contains("the Kafka cluster another") && refused.contains("adopt"), "{refused}");
    wire.end().await;
}
