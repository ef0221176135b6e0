"""What of an OpenAPI document is a promise to programs: all but what is only said to people. promise.py < document"""
import json
import sys

SAID = {"description", "summary", "title", "example", "examples"}
# What lies in these has names of our own, also such as above.
NAMES = {"paths", "schemas", "properties"}


def promised(value, is_named=False):
    if isinstance(value, list):
        return [promised(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: promised(one, name in NAMES and not is_named) for name, one in value.items() if is_named or name not in SAID}


# One value a line: a change is read in a diff.
json.dump(promised(json.load(sys.stdin)), sys.stdout, indent=0, ensure_ascii=False)
print()
