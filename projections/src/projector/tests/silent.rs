//! A log that does not bring what the store has, as while brokers are away.

use super::*;

/// How far behind it says to be, in events and seconds.
fn lag(running: &Running) -> (u64, f64) {
    let events = running.gauge.lags.lock().expect("lags").last().copied().expect("it was told");
    (events, *running.gauge.seconds.lock().expect("seconds"))
}

#[tokio::test(start_paused = true)]
async fn how_long_nothing_comes_is_told() {
    let log = MemoryLog::of((1..=5).map(|n| said(1, n)));
    let mut running = Running::start(&log, &Arc::default());
    running.reaches(5).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(lag(&running), (0, 0.0), "nothing is missing");
    *log.most.lock().expect("a bound") = Some(0);
    // The read that waits already would still bring it.
    tokio::time::sleep(2 * WAIT).await;
    (6..=8).for_each(|n| log.append(said(1, n)));
    tokio::time::sleep(Duration::from_secs(60)).await;
    let (events, seconds) = lag(&running);
    assert_eq!(events, 3);
    assert!((58.0..=62.0).contains(&seconds), "{seconds}");
    *log.most.lock().expect("a bound") = None;
    running.reaches(8).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(lag(&running), (0, 0.0));
}
