//! `bigtech-chat health`, as a container's health check asks it.

use world::World;

#[tokio::test]
async fn a_process_that_is_ready_is_healthy_and_one_that_is_gone_is_not() {
    let world = World::start().await;
    let port = world.address(8000).rsplit(':').next().expect("a port").to_owned();
    let offset = (port.parse::<u16>().expect("a number") - 8000).to_string();
    let asked = world.run(["health", "--port-offset", &offset]).await.succeeded();
    assert!(asked.stdout.contains(r#""status":"ready""#), "{asked:?}");
    let address = format!("http://{}", world.address(8002));
    world.run(["health", "--url", &address]).await.succeeded();
    world.run(["health", "--port", &port]).await.succeeded();
    world.kill();
    let asked = world.run(["health", "--port-offset", &offset]).await;
    assert_eq!(asked.code, 1);
    assert!(asked.stderr.contains("/health/ready: ") && asked.stderr.contains("refused"), "{asked:?}");
}

#[tokio::test]
async fn a_process_that_does_not_answer_in_time_or_says_something_else_is_not_healthy() {
    let world = World::start().await;
    let url = format!("http://{}/api/nothing", world.address(8000));
    let asked = world.run(["health", "--url", &url]).await;
    assert!(asked.code == 1 && asked.stderr.contains("404"), "{asked:?}");
    world.pause();
    let url = format!("http://{}", world.address(8000));
    let asked = world.run(["health", "--url", &url, "--within", "200ms"]).await;
    world.resume();
    assert!(asked.code == 1 && asked.stderr.contains("no answer within 200ms"), "{asked:?}");
    let asked = world.run(["health", "--url", "https://chat"]).await;
    assert!(asked.code != 0 && asked.stderr.contains("http://HOST:PORT is expected"), "{asked:?}");
}

#[tokio::test]
async fn metrics_say_what_the_process_depends_on_and_how_much_waits_to_be_appended() {
    let world = World::start().await;
    world.person("ann").await;
    let text = world.anyone().get("/metrics").await.is(200).text;
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).map(str::to_owned);
    assert_eq!(value(r#"chat_dependency_up{part="timeline"}"#).as_deref(), Some("1"), "{text}");
    assert_eq!(value("chat_append_queue_items").as_deref(), Some("0"), "{text}");
    let capacity: u64 = value("chat_append_queue_capacity").expect("a capacity").parse().expect("a number");
    assert!(capacity > 0);
}
