//! The map of DESIGN.md section 1, held against the manifests and the sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each floor and what it may import of the workspace.
const FLOORS: [(&str, &[&str]); 5] = [
    ("domain", &[]),
    ("command-side", &["domain"]),
    ("projections", &["domain"]),
    ("query-side", &["domain", "command-side", "projections"]),
    ("infra", &["domain", "command-side", "projections", "query-side"]),
];

/// What only `infra` may know; `tests` looks into SQLite's files.
const TECHNOLOGIES: [&str; 15] = [
    "sqlx",
    "sqlite-es",
    "postgres-es",
    "mysql-es",
    "rdkafka",
    "mongodb",
    "redis",
    "prometheus-client",
    "image",
    "object_store",
    "rusqlite",
    "tokio-postgres",
    "libsqlite3-sys",
    "argon2",
    "jsonwebtoken",
];

const LONGEST_FUNCTION: usize = 60;
const LONGEST_FILE: usize = 300;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn manifest(folder: &str) -> toml::Table {
    let path = root().join(folder).join("Cargo.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().expect("a manifest is TOML")
}

/// What a crate needs, also for a target or to be built; to be tested, if wanted.
fn needs(folder: &str, tested: bool) -> BTreeSet<String> {
    let manifest = manifest(folder);
    let mut tables = vec![&manifest];
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        tables.extend(targets.values().filter_map(toml::Value::as_table));
    }
    let kinds = ["dependencies", "build-dependencies", "dev-dependencies"];
    let kinds = if tested { &kinds[..] } else { &kinds[..2] };
    let lists = tables.into_iter().flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind)?.as_table()));
    // A renamed package counts by its own name.
    let own = |(name, need): (&String, &toml::Value)| {
        need.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned()
    };
    lists.flat_map(|list| list.iter().map(own).collect::<Vec<_>>()).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn all_sources() -> Vec<PathBuf> {
    let crates = FLOORS.iter().map(|(name, _)| *name).chain(["tests"]);
    crates.flat_map(|name| sources(&root().join(name))).collect()
}

/// The functions of a formatted file, with their lengths in lines.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let words: Vec<_> =
            code.split_whitespace().take_while(|word| !word.contains('(') || *word == "pub(crate)").collect();
        let declares = !code.starts_with("//") && (words.contains(&"fn") || code.starts_with("fn "));
        if !declares || code.ends_with('}') || code.ends_with(';') {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - code.len()]);
        if let Some(length) = lines[start..].iter().position(|line| **line == end) {
            found.push((code.to_owned(), length + 1));
        }
    }
    found
}

#[test]
fn each_floor_imports_only_floors_below_it() {
    let workspace: Vec<_> = FLOORS.iter().map(|(name, _)| *name).chain(["tests"]).collect();
    for (floor, below) in FLOORS {
        for need in needs(floor, true) {
            let allowed = !workspace.contains(&need.as_str()) || below.contains(&need.as_str());
            assert!(allowed, "{floor} imports {need}");
        }
    }
}

#[test]
fn the_workspace_has_these_crates_and_no_other() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).expect("the workspace's manifest");
    let manifest: toml::Table = text.parse().expect("a manifest is TOML");
    let members = manifest["workspace"]["members"].as_array().expect("members");
    let members: BTreeSet<_> = members.iter().filter_map(toml::Value::as_str).collect();
    let expected: BTreeSet<_> = FLOORS.iter().map(|(name, _)| *name).chain(["tests"]).collect();
    assert_eq!(members, expected);
}

#[test]
fn only_infra_knows_a_technology() {
    for (floor, _) in FLOORS.into_iter().filter(|(floor, _)| *floor != "infra") {
        for need in needs(floor, true) {
            assert!(!TECHNOLOGIES.contains(&need.as_str()), "{floor} knows {need}");
        }
    }
}

#[test]
fn the_domain_has_no_io_and_projections_no_http() {
    let kept_out = |floor: &str, out: &[&str]| {
        for need in needs(floor, false) {
            assert!(!out.contains(&need.as_str()), "{floor} needs {need}");
        }
    };
    kept_out("domain", &["tokio", "axum", "hyper", "reqwest", "tracing", "getrandom", "rand", "futures"]);
    kept_out("projections", &["axum", "hyper", "utoipa"]);
}

#[test]
fn what_holds_for_a_time_on_a_server_goes_by_the_servers_clock() {
    for folder in ["postgres", "redis", "read_models/mysql", "read_models/mongo"] {
        let all = sources(&root().join("infra/src/adapters").join(folder));
        for path in all.iter().filter(|path| !path.components().any(|part| part.as_os_str() == "tests")) {
            let text = std::fs::read_to_string(path).expect("readable");
            let own = ["SystemTime", "DateTime::now", "sqlite::now"].into_iter().find(|clock| text.contains(clock));
            assert_eq!(own, None, "{}: processes' clocks differ", path.display());
        }
    }
}

#[test]
fn no_module_hides_behind_mod_rs() {
    let hidden: Vec<_> = all_sources().into_iter().filter(|path| path.ends_with("mod.rs")).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

#[test]
fn files_and_functions_stay_short() {
    let mut long = Vec::new();
    for path in all_sources() {
        let text = std::fs::read_to_string(&path).expect("a source");
        let name = path.strip_prefix(root()).expect("inside").display().to_string();
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            long.push(format!("{name}: {lines} lines"));
        }
        let tail = functions(&text).into_iter().filter(|(_, length)| *length > LONGEST_FUNCTION);
        long.extend(tail.map(|(function, length)| format!("{name}: {length} lines: {function}")));
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn a_function_is_measured_from_its_name_to_its_brace() {
    let text =
        "impl X {\n    pub(crate) async fn a(&self) {\n        if b {\n        }\n    }\n}\n// fn no\nfn c() {}\n";
    assert_eq!(functions(text), [("pub(crate) async fn a(&self) {".to_owned(), 4)]);
}
