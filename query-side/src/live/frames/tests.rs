use domain::room::MessageType;
use uuid::Uuid;

use super::*;

const ROOM: RoomId = RoomId(Uuid::from_u128(1));
const ANN: UserId = UserId(Uuid::from_u128(2));
const BOB: UserId = UserId(Uuid::from_u128(3));
const MESSAGE: MessageId = MessageId(Uuid::from_u128(4));
const NOON: Timestamp = Timestamp(1_700_000_000_000);

fn people() -> People {
    let ann = Person { username: Some("ann".to_owned()), nickname: "Ann".to_owned() };
    People::from([(ANN, ann)])
}

fn text(what: What, shape: Option<&RoomShape>) -> String {
    let change = Change { version: 7, at: NOON, what };
    let bytes: Bytes = Text::default().id(7).change(ROOM, &change, &people(), shape).into();
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn message(content: Option<&str>) -> What {
    What::Sent(Box::new(MessageView {
        id: MESSAGE,
        room_id: ROOM,
        user_id: ANN,
        username: None,
        content: content.map(str::to_owned),
        message_type: MessageType::Text,
        version: 7,
        reply_to: None,
        reactions: Some(vec![]),
        is_edited: false,
        edited_at: None,
        is_deleted: content.is_none(),
        deleted_at: None,
        read_by: Some(vec![]),
        read_count: 0,
        created_at: NOON,
        updated_at: NOON,
    }))
}

#[test]
fn a_message_is_as_the_read_api_gives_it_without_reactions_and_readers() {
    let expected = "id: 7\nevent: new_message\ndata: {\"id\":\"00000000-0000-0000-0000-000000000004\",\
        \"room_id\":\"00000000-0000-0000-0000-000000000001\",\"user_id\":\"00000000-0000-0000-0000-000000000002\",\
        \"username\":\"ann\",\"content\":\"two\\nlines\",\"message_type\":\"text\",\"version\":7,\"reply_to\":null,\
        \"is_edited\":false,\"edited_at\":null,\"is_deleted\":false,\"deleted_at\":null,\"read_count\":0,\
        \"created_at\":\"2023-11-14T22:13:20.000Z\",\"updated_at\":\"2023-11-14T22:13:20.000Z\"}\n\n";
    assert_eq!(text(message(Some("two\nlines")), None), expected);
}

#[test]
fn a_deleted_message_has_no_content() {
    let text = text(message(None), None);
    assert!(text.contains("\"content\":null") && text.contains("\"is_deleted\":true"), "{text}");
}

#[test]
fn changes_of_a_message_say_what_changed() {
    let edited = What::Edited { message: MESSAGE, content: Some("new".to_owned()) };
    assert_eq!(
        text(edited, None),
        "id: 7\nevent: message_edited\ndata: {\"id\":\"00000000-0000-0000-0000-000000000004\",\
         \"room_id\":\"00000000-0000-0000-0000-000000000001\",\"content\":\"new\",\"version\":7,\
         \"edited_at\":\"2023-11-14T22:13:20.000Z\"}\n\n"
    );
    assert_eq!(
        text(What::Deleted { message: MESSAGE }, None),
        "id: 7\nevent: message_deleted\ndata: {\"id\":\"00000000-0000-0000-0000-000000000004\",\
         \"room_id\":\"00000000-0000-0000-0000-000000000001\",\"version\":7,\
         \"deleted_at\":\"2023-11-14T22:13:20.000Z\"}\n\n"
    );
    let reacted = What::Reacted { message: MESSAGE, emoji: "👍".to_owned(), user: BOB, added: true };
    assert_eq!(
        text(reacted, None),
        "id: 7\nevent: reaction\ndata: {\"id\":\"00000000-0000-0000-0000-000000000004\",\
         \"room_id\":\"00000000-0000-0000-0000-000000000001\",\"emoji\":\"👍\",\
         \"user_id\":\"00000000-0000-0000-0000-000000000003\",\"added\":true,\"version\":7}\n\n"
    );
}

#[test]
fn members_come_and_go_by_name() {
    let joined = What::Joined { user: ANN, role: Some(Role::Admin) };
    assert_eq!(
        text(joined, None),
        "id: 7\nevent: member_joined\ndata: {\"room_id\":\"00000000-0000-0000-0000-000000000001\",\
         \"user_id\":\"00000000-0000-0000-0000-000000000002\",\"username\":\"ann\",\"role\":\"admin\"}\n\n"
    );
    assert_eq!(
        text(What::Left { user: BOB }, None),
        "id: 7\nevent: member_left\ndata: {\"room_id\":\"00000000-0000-0000-0000-000000000001\",\
         \"user_id\":\"00000000-0000-0000-0000-000000000003\",\"username\":null,\"role\":null}\n\n"
    );
}

#[test]
fn a_room_comes_without_what_differs_by_viewer() {
    let participants = vec![Participant { id: ANN, username: None, nickname: "Ann".to_owned(), role: Role::Owner }];
    let name = Some("Lunch".to_owned());
    let shape = RoomShape { id: ROOM, room_type: RoomType::Group, name, created_at: Timestamp(0), participants };
    assert_eq!(
        text(What::Room, Some(&shape)),
        "id: 7\nevent: room_changed\ndata: {\"id\":\"00000000-0000-0000-0000-000000000001\",\"room_type\":\"group\",\
         \"name\":\"Lunch\",\"participants\":[{\"id\":\"00000000-0000-0000-0000-000000000002\",\"username\":null,\
         \"nickname\":\"Ann\",\"role\":\"owner\"}],\"version\":7,\"created_at\":\"1970-01-01T00:00:00.000Z\",\
         \"updated_at\":\"2023-11-14T22:13:20.000Z\"}\n\n"
    );
    assert!(text(What::Room, None).contains("event: room_changed\ndata: {\"id\":"));
}

#[test]
fn who_is_erased_is_told_with_the_room() {
    let told = text(What::Erased { user: BOB }, None);
    let expected = "\"erased_user_id\":\"00000000-0000-0000-0000-000000000003\"}\n\n";
    assert!(told.contains("event: room_changed\n") && told.ends_with(expected), "{told}");
}

#[test]
fn read_marks_and_the_last_word_have_no_id() {
    let mut frames = Text::default();
    let bytes: Bytes = frames.read(ROOM, BOB, 6).closed("removed").into();
    let expected = "event: messages_read\ndata: {\"room_id\":\"00000000-0000-0000-0000-000000000001\",\
         \"user_id\":\"00000000-0000-0000-0000-000000000003\",\"up_to\":6,\"message_ids\":[]}\n\n\
         event: closed\ndata: {\"reason\":\"removed\"}\n\n";
    assert_eq!(bytes, expected);
}

#[test]
fn a_reset_says_from_where_to_go_on() {
    let bytes: Bytes = Text::default().reset(12).into();
    assert_eq!(bytes, "id: 12\nevent: reset\ndata: {}\n\n");
}

#[test]
fn connected_says_from_where_and_when_to_come_back() {
    for _ in 0..100 {
        let bytes: Bytes = Text::default().connected(5, Some(ROOM)).into();
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let (retry, rest) = text.split_once('\n').expect("lines");
        let retry: u32 = retry.strip_prefix("retry: ").expect("retry").parse().expect("a number");
        assert!((1_000..=5_000).contains(&retry), "{retry}");
        assert_eq!(rest, "id: 5\nevent: connected\ndata: {\"room_id\":\"00000000-0000-0000-0000-000000000001\"}\n\n");
    }
}
