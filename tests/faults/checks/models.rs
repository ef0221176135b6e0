//! What the program's own checkers say: read models are the fold of the events, and the hash chains hold.

use world::Outcome;

use super::Evidence;

pub(super) async fn check(evidence: &Evidence<'_>) -> Vec<String> {
    let mut told = Vec::new();
    for model in ["directory", "timeline"] {
        let verdict = evidence.common.cluster.first().run(["verify", model, "--json"]).await;
        let is_equal = verdict.code == 0 && verdict.json()["equal"] == true;
        evidence.findings().unless(is_equal, "a read model is what the log says", || format!("{model}: {verdict:?}"));
        told.push(format!("verify {model}: exit {}, {}", verdict.code, verdict.stdout.trim()));
    }
    told.push(audit(evidence).await);
    told
}

async fn audit(evidence: &Evidence<'_>) -> String {
    let rooms = evidence.scene.rooms();
    for (room, _) in &rooms {
        let shown = evidence.common.cluster.first().run(["audit", "room", &room.id, "--json"]).await;
        sound(evidence, "audit", &shown);
        let file = evidence.common.cluster.first().data().with_file_name(format!("{room}.jsonl"));
        let path = file.to_string_lossy().into_owned();
        let exported = evidence.common.cluster.first().run(["audit", "room", &room.id, "--export", &path]).await;
        sound(evidence, "audit --export", &exported);
        let checked = evidence.common.cluster.first().run(["audit", "--check", &path]).await;
        sound(evidence, "audit --check", &checked);
    }
    format!("audit: the hash chains of {} rooms hold, in the store and exported", rooms.len())
}

fn sound(evidence: &Evidence<'_>, what: &str, outcome: &Outcome) {
    let tail = |text: &str| text.chars().rev().take(600).collect::<Vec<_>>().into_iter().rev().collect::<String>();
    let story = || format!("{what}: exit {}: {} {}", outcome.code, tail(&outcome.stdout), tail(&outcome.stderr));
    evidence.findings().unless(outcome.code == 0, "the hash chain holds", story);
}
