"""What Schemathesis can not read in the document: which keys are new, which passwords and emoji are some, and what there is."""
import atexit
import collections
import os
import random
import uuid

import known
import schemathesis
from given import Given
from hypothesis import strategies as st

GIVEN = Given()
# What is not there has to be asked for too.
CHANCE = random.Random(7)
MOSTLY = 0.75
ASKED = collections.Counter()

schemathesis.openapi.format("password", st.sampled_from(["correct-horse-1", "Pässwört-22", "비밀번호-3!a"]))
# What people call themselves: neither blank nor with what can not be seen.
schemathesis.openapi.format("name", st.sampled_from(["Eve", "이브", "Ève d'Été", "👩‍🚀"]))
# Of what they write nearly everything is taken: no control characters but tabs and ends of lines.
# There are letters that nobody sees: one is there that everybody does.
written = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=3999)
schemathesis.openapi.format("text", written.map(lambda text: f".{text}"))


def whole(value):
    """JSON has one kind of number: 1.0 is an integer to the schema, and a fraction to most who read it."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: whole(one) for name, one in value.items()}
    return [whole(one) for one in value] if isinstance(value, list) else value


def fill(label, values, find):
    """Puts what is given in the place of what would be nothing's id, where something of that name is asked for."""
    for name in values:
        found = find(GIVEN, label, name)
        if found is not None:
            values[name] = found


# A token is good for a quarter of an hour.
@schemathesis.auth(refresh_interval=300)
class Eve:
    def get(self, case, context):
        GIVEN.eve.log_in()
        return GIVEN.eve.access

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context, case, **kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    case.body = whole(case.body)
    # A key that was used for another request is refused: each has one of its own.
    if "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    # Only what the server itself gave as a position is one; and whoever has none does not ask for it.
    (case.headers or {}).pop("Min-Event-Position", None)
    (case.query or {}).pop("cursor", None)
    label = case.operation.label
    if CHANCE.random() < MOSTLY:
        fill(label, case.path_parameters or {}, known.path)
        fill(label, case.query or {}, known.query)
        fill(label, case.body if isinstance(case.body, dict) else {}, known.body)
    # The path names the room; no schema says that the body names no other.
    if label == "POST /api/messages/{id}" and isinstance(case.body, dict):
        case.body.pop("room_id", None)
    # A schema has no words for what is an emoji.
    if "emoji" in (case.path_parameters or {}):
        case.path_parameters["emoji"] = "👍"


@schemathesis.hook
def after_call(context, case, response):
    ASKED[case.operation.label] += 1


@atexit.register
def count():
    with open(os.environ["CHECK_ASKED"], "w") as counted:
        print(sum(ASKED.values()), len(ASKED), file=counted)


@schemathesis.check
def codes_are_documented(ctx, response, case):
    """Whatever is refused is refused with a code that the document gives this operation and status."""
    if response.status_code < 400 or response.status_code == 405:
        return
    code = response.json()["code"]
    documented = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    problems = documented.get("content", {}).get("application/problem+json", {})
    assert code in problems.get("examples", {}), f"{code} is not among the codes of {response.status_code}"


@schemathesis.check
class Reached:
    """Each operation is carried out, and not only refused. Nobody deletes the account that asks."""

    def __init__(self):
        self.asked, self.reached = set(), {"DELETE /api/profile"}

    def after_response(self, ctx, response, case):
        self.asked.add(case.operation.label)
        if response.status_code < 400:
            self.reached.add(case.operation.label)

    def after_run(self, ctx):
        never = self.asked - self.reached
        assert not never, "never carried out: " + ", ".join(sorted(never))
