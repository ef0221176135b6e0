"""What Schemathesis can not read in the document: which keys are new, and which passwords and emoji are some."""
import uuid

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("password", st.sampled_from(["correct-horse-1", "Pässwört-22", "비밀번호-3!a"]))
# What people call themselves: neither blank nor with what can not be seen.
schemathesis.openapi.format("name", st.sampled_from(["Eve", "이브", "Ève d'Été", "👩‍🚀"]))
# Of what they write nearly everything is taken: no control characters but tabs and ends of lines.
schemathesis.openapi.format("text", st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=4000))


def whole(value):
    """JSON has one kind of number: 1.0 is an integer to the schema, and a fraction to most who read it."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: whole(one) for name, one in value.items()}
    return [whole(one) for one in value] if isinstance(value, list) else value


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
    # A schema has no words for what is an emoji.
    if "emoji" in (case.path_parameters or {}):
        case.path_parameters["emoji"] = "👍"
