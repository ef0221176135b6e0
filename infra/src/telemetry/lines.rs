//! Log lines as JSON: which service, what, and for which request.

use std::fmt;

use chrono::{SecondsFormat, Utc};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::spans::trace_of;

tokio::task_local! {
    /// The correlation id of the request that is being answered.
    static REQUEST: String;
}

/// Does `work` for the request with this correlation id: what it logs says so.
pub(crate) fn within<W: Future>(correlation_id: String, work: W) -> impl Future<Output = W::Output> {
    REQUEST.scope(correlation_id, work)
}

/// One JSON object a line; the fields of an event stand beside `timestamp`, `level`, `target` and `service`.
pub(super) struct Json {
    pub(super) service: &'static str,
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Map::new();
        event.record(&mut Fields(&mut line));
        if !line.contains_key("correlation_id") {
            // What no request asked for has none.
            REQUEST.try_with(|id| line.insert("correlation_id".to_owned(), id.as_str().into())).ok();
        }
        if let Some(trace) = line.get("correlation_id").and_then(Value::as_str).map(trace_of) {
            line.insert("trace_id".to_owned(), trace.into());
        }
        let said = [
            ("timestamp", Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true)),
            ("level", event.metadata().level().to_string()),
            ("target", event.metadata().target().to_owned()),
            ("service", self.service.to_owned()),
        ];
        line.extend(said.into_iter().map(|(name, value)| (name.to_owned(), value.into())));
        writeln!(writer, "{}", Value::Object(line))
    }
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use parking_lot::Mutex;
    use serde_json::json;
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Paper {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    /// The lines that are logged meanwhile.
    async fn lines(work: impl Future<Output = ()>) -> Vec<Value> {
        let paper = Paper::default();
        let written =
            tracing_subscriber::fmt().with_writer(paper.clone()).event_format(Json { service: "chat" }).finish();
        let guard = tracing::subscriber::set_default(written);
        work.await;
        drop(guard);
        let text = String::from_utf8(paper.0.lock().clone()).expect("UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    #[tokio::test]
    async fn a_line_says_which_service_and_for_which_request() {
        const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        let lines = lines(async {
            tracing::warn!(part = "shared", tries = 3, "away \"again\"\n");
            within(TRACE.to_owned(), async { tracing::info!("in a trace") }).await;
            within("mine".to_owned(), async { tracing::info!(correlation_id = "another's", "said itself") }).await;
        });
        let lines = lines.await;
        let of = |line: usize, names: [&str; 4]| names.map(|name| lines[line][name].clone());
        assert_eq!(
            of(0, ["level", "service", "message", "part"]),
            [json!("WARN"), json!("chat"), json!("away \"again\"\n"), json!("shared")]
        );
        assert_eq!(
            of(0, ["tries", "correlation_id", "trace_id", "x"]),
            [json!(3), Value::Null, Value::Null, Value::Null]
        );
        assert_eq!((&lines[1]["correlation_id"], &lines[1]["trace_id"]), (&json!(TRACE), &json!(TRACE)));
        assert_eq!(
            (&lines[2]["correlation_id"], &lines[2]["trace_id"]),
            (&json!("another's"), &json!(trace_of("another's")))
        );
        let time = lines[0]["timestamp"].as_str().expect("a time");
        assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok() && time.ends_with('Z'), "{time}");
    }
}
