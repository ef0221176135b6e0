"""Holds the event storming diagrams against the code: every command, event, process manager and read model stands there, and each arrow is one
that the code draws. storming.py ROOT DOCUMENT"""
import json
import re
import sys
from pathlib import Path

root, document = Path(sys.argv[1]), Path(sys.argv[2])
wrong = []


def source(path):
    """Without its tests."""
    return re.split(r"#\[cfg\(test\)\]\n(?:pub )?mod \w+ \{", path.read_text())[0]


def sources(folder, stem):
    """A module with its parts."""
    files = [root / folder / f"{stem}.rs", *sorted((root / folder / stem).glob("*.rs"))]
    return "\n".join(source(path) for path in files if path.exists() and path.stem not in ("tests", "given"))


def events_of(text):
    return set(re.findall(r"Event::([A-Z]\w+)", text))


# What the code has: of each command, the text that decides it.
catalogue = {event: aggregate for aggregate, event, *_ in map(json.loads, open(root / "domain/src/event/shapes.jsonl"))}
aggregates, commands = {}, {}
for path in (root / "domain/src").glob("*.rs"):
    variants = re.search(r"pub enum \w+Command \{(.*?)\n\}", path.read_text(), re.S)
    if not variants:
        continue
    text = aggregates[path.stem] = sources("domain/src", path.stem)
    for name in re.findall(r"^    \w+\((\w+)\),", variants.group(1), re.M):
        decides = re.search(rf"^impl {name} \{{.*?^\}}", text, re.M | re.S)
        commands[name] = (path.stem, decides.group(0) if decides else "")
policies = {}
for path in (root / "command-side/src/processes").glob("*.rs"):
    named = re.search(r"impl ProcessManager for .*?NAME: &'static str = \"(\w+)\"", source(path), re.S)
    if named:
        policies[named.group(1)] = sources("command-side/src/processes", path.stem)
models = {}
for path in (root / "projections/src").glob("*.rs"):
    named = re.search(r"impl Projection for .*?NAME: &'static str = \"(\w+)\"", source(path), re.S)
    if named:
        models[named.group(1)] = sources("projections/src", path.stem)
KINDS = {"command": set(commands), "event": set(catalogue), "policy": set(policies), "model": set(models)}

# What the diagrams say.
diagrams = re.findall(r"```mermaid\n(.*?)```", document.read_text(), re.S)
kinds, arrows = {}, set()
for diagram in diagrams:
    for names, kind in re.findall(r"^  class (\S+) (\w+)$", diagram, re.M):
        for name in names.split(","):
            if kinds.setdefault(name, kind) != kind:
                wrong.append(f"{name} is a {kind} and a {kinds[name]}")
    for left, right in re.findall(r"^  (.+) --> (.+)$", diagram, re.M):
        arrows |= {(one, other) for one in left.split(" & ") for other in right.split(" & ")}
for name in {name for arrow in arrows for name in arrow} - kinds.keys():
    wrong.append(f"{name} has no colour")
for kind, there in KINDS.items():
    drawn = {name for name, of in kinds.items() if of == kind}
    wrong += [f"there is no {kind} {name}" for name in drawn - there] + [f"the {kind} {name} is not drawn" for name in there - drawn]
    linked = {name for arrow in arrows for name in arrow}
    wrong += [f"nothing leads to or from {name}" for name in there & drawn - linked]

for one, other in arrows:
    pair, says = (kinds.get(one), kinds.get(other)), f"{one} --> {other}"
    if not {one, other} <= set().union(*KINDS.values()):
        continue
    if pair == ("command", "event"):
        is_so = other in events_of(aggregates[commands[one][0]])
    elif pair == ("event", "policy"):
        is_so = one in events_of(policies[other])
    elif pair == ("policy", "command"):
        is_so = re.search(rf"\b{other}\b", policies[one])
    elif pair == ("event", "model"):
        is_so = one in events_of(models[other])
    else:
        is_so = False
    if not is_so:
        wrong.append(f"{says}: the code says nothing of it")
# And what the code says is drawn.
for name, (_, text) in commands.items():
    wrong += [f"{name} --> {event} is not drawn" for event in events_of(text) if event in catalogue and (name, event) not in arrows]
for name, text in policies.items():
    asked = re.findall(r"Event::(\w+) \{", "\n".join(line for line in text.splitlines() if "=>" in line or "let " in line))
    wrong += [f"{event} --> {name} is not drawn" for event in set(asked) if event in catalogue and (event, name) not in arrows]
    wrong += [f"{name} --> {command} is not drawn" for command in commands if len(command) > 5 and re.search(rf"\b{command} \{{|\b{command}\)", text) and (name, command) not in arrows]
for event in catalogue:
    if not any((event, model) in arrows for model in models):
        wrong.append(f"{event} is read nowhere")
if wrong:
    sys.exit("\n".join(f"{document}: {what}" for what in sorted(set(wrong))))
print(f"ok    event storming: {len(commands)} commands, {len(catalogue)} events, {len(policies)} process managers and {len(models)} read models, {len(arrows)} arrows")
