//! Two people become friends and part, over and over.

use serde_json::json;
use tokio::time::sleep;

use super::doer::Doer;
use crate::ledger::What;

/// Until it is over.
pub(crate) async fn meet_and_part(mut one: Doer, mut other: Doer) {
    let (left, right) = (one.person.id.clone(), other.person.id.clone());
    while !one.common.is_over() {
        let body = json!({ "to_user_id": right });
        let what = What::Befriend { user: right.clone() };
        let Some(asked) = one.do_it("", what, |caller| caller.post("/api/friends/request", body.clone())).await else {
            continue;
        };
        let path = format!("/api/friends/{}/accept", asked.str("request_id"));
        other.do_it("", What::Accept { user: left.clone() }, |caller| caller.act(&path)).await;
        pause(&mut one).await;
        if one.common.is_over() {
            break;
        }
        let path = format!("/api/friends/{right}");
        one.do_it("", What::Unfriend { user: right.clone() }, |caller| caller.delete(&path)).await;
        pause(&mut one).await;
    }
}

async fn pause(doer: &mut Doer) {
    let pause = doer.random.millis(300, 2_500);
    sleep(pause).await;
}
