"""Which of what is given stands where in a call."""
import uuid

from given import PASSWORD, PICTURE
from schemathesis.transport.serialization import Binary

# What a call uses up, or leaves otherwise than it was.
SPENT = {
    "POST /api/chat-rooms/{id}/leave",
    "POST /api/chat-rooms/{id}/members",
    "DELETE /api/chat-rooms/{id}/members/{user_id}",
    "PUT /api/chat-rooms/{id}/members/{user_id}/role",
}
FRIENDS = {
    "DELETE /api/friends/{id}": lambda given: given.friend(),
    "POST /api/friends/{id}/accept": lambda given: given.received(),
    "POST /api/friends/{id}/reject": lambda given: given.received(),
    "POST /api/friends/{id}/cancel": lambda given: given.sent(),
    "PUT /api/friends/status/{requester_user_id}": lambda given: given.received() and given.gus.id,
    "DELETE /api/friends/request/{target_user_id}": lambda given: given.sent() and given.gus.id,
    "PUT /api/friends/blocks/{user_id}": lambda given: given.stranger(),
    "DELETE /api/friends/blocks/{user_id}": lambda given: given.gus.id,
}


def path(given, label, name):
    """What the part of the path that is called `name` leads to; None where nothing is known of it."""
    if label in FRIENDS:
        return FRIENDS[label](given)
    where = label.split(" ", 1)[1]
    if where.startswith("/api/chat-rooms/{id}") and name == "id":
        return given.new_room() if label in SPENT else given.room
    if name == "user_id":
        return given.hal.id
    if name == "room_id" or label in ("GET /api/messages/{id}", "POST /api/messages/{id}"):
        return given.room
    if where.startswith("/api/messages/{id}") and name == "id":
        return given.message()
    if where == "/api/users/images/{name}":
        return given.picture
    if where == "/api/notifications/{id}/read":
        return given.notification
    return given.fay.id if where.startswith(("/api/users/", "/api/online-status/")) else None


def query(given, _, name):
    """The same of a parameter."""
    return {"room_id": given.room, "user_ids": ",".join(given.people)}.get(name)


def body(given, label, name):
    """The same of a field."""
    if label == "POST /api/chat-rooms/{id}/members":
        return [given.stranger()] if name == "user_ids" else None
    if label.startswith("POST /api/auth/login"):
        return {"email": given.eve.email, "username": given.eve.email, "password": PASSWORD}.get(name)
    if label == "POST /api/auth/register":
        # Whoever there is already can not come again.
        return {"email": f"{uuid.uuid4()}@example.com", "username": uuid.uuid4().hex}.get(name)
    makers = {
        "room_id": lambda: given.room,
        "reply_to": given.message,
        "message_ids": lambda: [given.message()],
        # No schema knows how far a room is.
        "up_to": lambda: 1,
        "participant_ids": lambda: [given.fay.id],
        "user_ids": lambda: given.people,
        "to_user_id": given.stranger,
        "image": lambda: Binary(PICTURE),
        "refresh_token": given.refresh_token,
        "current_password": lambda: PASSWORD,
    }
    # Eve's stays what it is.
    if label == "PUT /api/auth/password":
        makers["new_password"] = makers["current_password"]
    return makers[name]() if name in makers else None
