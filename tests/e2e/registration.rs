//! Getting an account.

use serde_json::{Value, json};
use world::{PASSWORD, Shared};

static HOUSE: Shared = Shared::new();

fn account(email: &str, more: Value) -> Value {
    let mut account = json!({ "email": email, "password": PASSWORD });
    for (field, value) in more.as_object().expect("fields") {
        account[field] = value.clone();
    }
    account
}

#[tokio::test]
async fn a_new_user_is_told_everything_about_themselves() {
    let world = HOUSE.world().await;
    let fields = json!({ "nickname": "Ann", "username": "Ann_1" });
    let user = world.anyone().post("/api/auth/register", account("ann@reg.test", fields)).await.is(201);
    user.position();
    assert_eq!(user["email"], "ann@reg.test");
    assert_eq!((user.str("nickname"), user.str("display_name"), user.str("username")), ("Ann", "Ann", "Ann_1"));
    assert!(user["status_message"].is_null() && user["image_url"].is_null());
    for time in ["created_at", "updated_at"] {
        let text = user.str(time);
        assert!(text.len() == 24 && text.ends_with('Z') && &text[19..20] == ".", "{text} has no milliseconds");
    }
    assert!(!user.text.contains("password") && !user.text.contains("argon2"));
}

#[tokio::test]
async fn a_nickname_defaults_to_the_username_and_then_to_the_address() {
    let world = HOUSE.world().await;
    let named = account("b1@reg.test", json!({ "username": "bobby" }));
    assert_eq!(world.anyone().post("/api/auth/register", named).await.is(201)["nickname"], "bobby");
    let bare = account("bob.two@reg.test", json!({}));
    assert_eq!(world.anyone().post("/api/auth/register", bare).await.is(201)["nickname"], "bob.two");
}

#[tokio::test]
async fn display_name_is_taken_for_nickname() {
    let world = HOUSE.world().await;
    let older = account("old@reg.test", json!({ "display_name": "Old Client" }));
    assert_eq!(world.anyone().post("/api/auth/register", older).await.is(201)["nickname"], "Old Client");
}

#[tokio::test]
async fn an_address_or_a_username_is_taken_whatever_its_case() {
    let world = HOUSE.world().await;
    let anyone = world.anyone();
    anyone.post("/api/auth/register", account("cid@reg.test", json!({ "username": "Cid" }))).await.is(201);
    anyone.post("/api/auth/register", account("CID@Reg.Test", json!({}))).await.refused(409);
    anyone.post("/api/auth/register", account("cid2@reg.test", json!({ "username": "cID" }))).await.refused(409);
    // The refused attempt has not reserved its address.
    anyone.post("/api/auth/register", account("cid2@reg.test", json!({ "username": "cid2" }))).await.is(201);
}

#[tokio::test]
async fn nicknames_need_not_be_unique() {
    let world = HOUSE.world().await;
    for email in ["same1@reg.test", "same2@reg.test"] {
        let body = account(email, json!({ "nickname": "Same" }));
        world.anyone().post("/api/auth/register", body).await.is(201);
    }
}

#[tokio::test]
async fn a_password_needs_length_a_letter_a_digit_and_a_sign() {
    let world = HOUSE.world().await;
    let long = format!("aA1!{}", "x".repeat(125));
    for weak in ["", "aB1!xyz", "12345678!", "abcdefgh!", "abcdefg1", &long] {
        let body = json!({ "email": "weak@reg.test", "password": weak });
        world.anyone().post("/api/auth/register", body).await.refused(422).names_field("password");
    }
    let longest = format!("aA1!{}", "é".repeat(124));
    let body = json!({ "email": "strong@reg.test", "password": longest });
    world.anyone().post("/api/auth/register", body).await.is(201);
    let login = json!({ "email": "strong@reg.test", "password": longest });
    world.anyone().post("/api/auth/login", login).await.is(200);
}

#[tokio::test]
async fn what_is_not_of_the_form_is_named_field_by_field() {
    let world = HOUSE.world().await;
    let cases = [
        ("email", json!({ "email": "no address" })),
        ("email", json!({ "email": "" })),
        ("email", json!({ "email": format!("{}@reg.test", "a".repeat(400)) })),
        ("nickname", json!({ "nickname": "" })),
        ("nickname", json!({ "nickname": "n".repeat(101) })),
        ("username", json!({ "username": "ab" })),
        ("username", json!({ "username": "u".repeat(51) })),
        ("username", json!({ "username": "with space" })),
        ("username", json!({ "username": "jürgen" })),
    ];
    for (field, wrong) in cases {
        let body = account("form@reg.test", wrong);
        world.anyone().post("/api/auth/register", body).await.refused(422).names_field(field);
    }
}

#[tokio::test]
async fn the_longest_names_are_taken() {
    let world = HOUSE.world().await;
    let names = json!({ "nickname": "é".repeat(100), "username": "u".repeat(50) });
    world.anyone().post("/api/auth/register", account("long@reg.test", names)).await.is(201);
}
