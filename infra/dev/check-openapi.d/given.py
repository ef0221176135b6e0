"""What is there before Schemathesis asks: eve, whom she knows, a room with a message, a notification. What a call uses up is made anew
for it, so that as many calls find what they need as there are."""
import base64
import os
import time
import uuid

import requests

BASE = os.environ["CHECK_BASE"]
PASSWORD = "in-no-document-7"
# One pixel.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Person:
    """Somebody with an account, logged in."""

    def __init__(self, name):
        self.session = requests.Session()
        self.email = f"{name}.{uuid.uuid4().hex[:8]}@example.com"
        self.id = self.say("POST", "/api/auth/register", email=self.email, password=PASSWORD, nickname=name)["id"]
        self.log_in()

    def log_in(self):
        tokens = self.say("POST", "/api/auth/login", email=self.email, password=PASSWORD)
        self.access, self.refresh = tokens["access_token"], tokens["refresh_token"]
        self.session.headers["Authorization"] = f"Bearer {self.access}"

    def ask(self, method, path, **more):
        return self.session.request(method, BASE + path, timeout=15, **more)

    def say(self, method, path, **body):
        """A call that has to be taken."""
        answer = self.ask(method, path, json=body or None)
        if answer.status_code == 401 and "auth" not in path:
            self.log_in()
            answer = self.ask(method, path, json=body or None)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None


class Given:
    """Eve is she who asks; fay is her friend, hal is in her rooms, and how gus stands to her changes from call to call."""

    def __init__(self):
        self.eve, self.fay, self.gus, self.hal = (Person(name) for name in ["eve", "fay", "gus", "hal"])
        self.people = [self.fay.id, self.gus.id, self.hal.id]
        self.befriend(self.fay)
        answer = self.fay.ask("PUT", "/api/profile/image", files={"image": ("me.png", PICTURE, "image/png")})
        self.picture = answer.json()["image_url"].rsplit("/", 1)[1]
        self.room = self.new_room()
        self.direct = self.eve.say("GET", f"/api/chat-rooms/check/{self.fay.id}")["id"]
        self.fay.say("POST", "/api/messages", room_id=self.direct, content="@eve lunch?")
        self.notification = self.told()

    def befriend(self, other):
        self.eve.say("POST", f"/api/friends/{self.asked_by(other)}/accept")

    def asked_by(self, other):
        return other.say("POST", "/api/friends/request", to_user_id=self.eve.id)["request_id"]

    def stranger(self):
        """Gus, to whom there is nothing any more."""
        for method, path, body in [
            ("DELETE", "/api/friends/blocks/{}", None),
            ("DELETE", "/api/friends/{}", None),
            ("DELETE", "/api/friends/request/{}", None),
            ("PUT", "/api/friends/status/{}", {"action": "reject"}),
        ]:
            # What is not there can not be taken away, and need not be.
            self.eve.ask(method, path.format(self.gus.id), json=body)
        return self.gus.id

    def friend(self):
        self.stranger()
        self.befriend(self.gus)
        return self.gus.id

    def received(self):
        self.stranger()
        return self.asked_by(self.gus)

    def sent(self):
        return self.eve.say("POST", "/api/friends/request", to_user_id=self.stranger())["request_id"]

    def new_room(self):
        """A group that eve may leave: hal owns it too."""
        others = [self.fay.id, self.hal.id]
        # Ids that it saw in answers Schemathesis uses as it likes.
        for other in others:
            self.eve.ask("DELETE", f"/api/friends/blocks/{other}")
        room = self.eve.say("POST", "/api/chat-rooms", participant_ids=others, name="given")["id"]
        self.eve.say("PUT", f"/api/chat-rooms/{room}/members/{self.hal.id}/role", role="owner")
        return room

    def message(self):
        sending = {"room_id": self.room, "content": "given"}
        sent = self.eve.ask("POST", "/api/messages", json=sending)
        if not sent.ok:
            # Eve has left it, or was put out.
            self.room = self.new_room()
            return self.message()
        return sent.json()["id"]

    def told(self):
        until = time.monotonic() + 20
        while time.monotonic() < until:
            told = self.eve.say("GET", "/api/notifications")["notifications"]
            if told:
                return told[0]["id"]
            time.sleep(0.05)
        raise RuntimeError("eve is told nothing")

    def refresh_token(self):
        """Good for one use: another person's than hers who asks, because a token that is used again ends its session."""
        self.gus.log_in()
        return self.gus.refresh
