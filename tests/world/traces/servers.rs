//! Everything of one house on the real servers.

use super::kafka;
use crate::Premises;
use futures::TryStreamExt as _;
use mongodb::bson::{RawDocumentBuf, doc};
use sqlx::mysql::MySqlConnection;
use sqlx::{Connection as _, PgConnection, Row as _};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Called with a place and what stands there.
pub(super) type Look<'l> = dyn FnMut(&str, &[u8]) + 'l;

/// All keys with all their values, whatever they are.
const ALL_OF_REDIS: &str = "local all = {}
    for _, key in ipairs(redis.call('KEYS', '*')) do
      table.insert(all, key)
      local of, read = redis.call('TYPE', key).ok, nil
      if of == 'string' then read = { redis.call('GET', key) }
      elseif of == 'hash' then read = redis.call('HGETALL', key)
      elseif of == 'list' then read = redis.call('LRANGE', key, 0, -1)
      elseif of == 'set' then read = redis.call('SMEMBERS', key)
      elseif of == 'zset' then read = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end
      for _, value in ipairs(read or {}) do table.insert(all, value) end
    end
    return all";

/// Shows everything to `look`.
pub(super) async fn look(premises: &Premises, look: &mut Look<'_>) {
    for part in ["events", "keys"] {
        postgres(&premises.postgres(part), look).await;
    }
    mysql(premises, look).await;
    mongodb(premises, look).await;
    redis(premises, look).await;
    kafka::look(premises, look);
}

async fn postgres(url: &str, look: &mut Look<'_>) {
    let mut on = PgConnection::connect(url).await.expect("PostgreSQL answers");
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut on).await.expect("its tables");
    assert!(!tables.is_empty(), "no tables at {url}");
    for table in tables {
        let rows = format!("SELECT t::text FROM {table} t");
        for row in sqlx::query_scalar::<_, String>(&rows).fetch_all(&mut on).await.expect("its rows") {
            look(&format!("PostgreSQL, {table}"), row.as_bytes());
        }
    }
}

/// The generations of the directory are databases of their own.
async fn mysql(premises: &Premises, look: &mut Look<'_>) {
    let (url, name) = (premises.setting("CHAT_DIRECTORY"), premises.name());
    let mut on = MySqlConnection::connect(&url).await.expect("MySQL answers");
    let columns = "SELECT CAST(table_schema AS CHAR), CAST(table_name AS CHAR),
        CAST(GROUP_CONCAT(CONCAT('`', column_name, '`')) AS CHAR)
        FROM information_schema.columns WHERE table_schema LIKE ? GROUP BY table_schema, table_name";
    let tables = sqlx::query(columns).bind(format!("{name}%")).fetch_all(&mut on).await.expect("its tables");
    assert!(tables.len() > 5, "no tables of {name}");
    for table in tables {
        let text = |index| String::from_utf8(table.get_unchecked(index)).expect("a name");
        let place = format!("`{}`.`{}`", text(0), text(1));
        let rows = format!("SELECT CONCAT_WS('|', {}) FROM {place}", text(2));
        for row in sqlx::query(&rows).fetch_all(&mut on).await.expect("its rows") {
            look(&format!("MySQL, {place}"), &row.get_unchecked::<Vec<u8>, _>(0));
        }
    }
}

async fn mongodb(premises: &Premises, look: &mut Look<'_>) {
    let client = mongodb::Client::with_uri_str(premises.setting("CHAT_TIMELINE")).await.expect("a client");
    let names = client.list_database_names().await.expect("MongoDB answers");
    let mut collections = 0;
    for database in names.iter().filter(|database| database.starts_with(premises.name())) {
        let database = client.database(database);
        for name in database.list_collection_names().await.expect("its collections") {
            let found = database.collection::<RawDocumentBuf>(&name).find(doc! {}).await.expect("its documents");
            for document in found.try_collect::<Vec<_>>().await.expect("its documents") {
                look(&format!("MongoDB, {name}"), document.as_bytes());
            }
            collections += 1;
        }
    }
    assert!(collections > 5, "no collections of {}", premises.name());
}

/// Spoken to as it is: nothing else here needs a client of it.
async fn redis(premises: &Premises, look: &mut Look<'_>) {
    let url = premises.setting("CHAT_SHARED");
    let address = url.split("://").nth(1).expect("a URL").split('/').next().expect("an address").to_owned();
    let mut connection = TcpStream::connect(address).await.expect("Redis answers");
    let script = format!("*3\r\n$4\r\nEVAL\r\n${}\r\n{ALL_OF_REDIS}\r\n$1\r\n0\r\n", ALL_OF_REDIS.len());
    connection.write_all(script.as_bytes()).await.expect("Redis listens");
    let mut answer = vec![];
    let mut part = vec![0; 65_536];
    while let Ok(read) = tokio::time::timeout(Duration::from_secs(1), connection.read(&mut part)).await {
        let read = read.expect("Redis answers");
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&part[..read]);
    }
    assert!(answer.starts_with(b"*"), "{}", String::from_utf8_lossy(&answer));
    look("Redis", &answer);
}
