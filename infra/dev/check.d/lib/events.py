"""The catalogue of events, made from the shapes that a test of the domain holds: events.py SHAPES > docs/events.md"""
import json
import sys

print("# Events\n\nMade by `infra/dev/check.d/lib/events.py` of [the shapes](../domain/src/event/shapes.jsonl) that were ever written; `infra/dev/check docs` holds that it is up to date.")
print("A field marked *sealed* is encrypted under the key of the person that it is about, and reads as erased once that is destroyed.\n")
print("| aggregate | event | shape | fields |\n|---|---|---|---|")
rows = {}
for line in open(sys.argv[1]):
    aggregate, event, version, payload = json.loads(line)
    body = payload.get(event) if isinstance(payload, dict) else None
    fields = rows.setdefault((aggregate, event, version), {})
    for name, value in (body or {}).items():
        sealed = isinstance(value, dict) and ("sealed" in value or "erased" in value)
        fields[name] = fields.get(name, False) or sealed
for (aggregate, event, version), fields in rows.items():
    print(f"| {aggregate} | `{event}` | {version} | {', '.join(f'`{name}` *sealed*' if sealed else f'`{name}`' for name, sealed in fields.items())} |")
