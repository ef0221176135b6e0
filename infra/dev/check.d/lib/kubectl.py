#!/usr/bin/env python3
"""In kubectl's place where the order of its calls is what is asked: keeps Deployments with their revisions in the file KUBECTL_STATE, writes
down each call, and fails at the one that KUBECTL_FAILS matches. What kubectl itself makes of the calls is not asked here."""
import json
import os
import re
import sys
from pathlib import Path

state_file = Path(os.environ["KUBECTL_STATE"])
state = json.loads(state_file.read_text())
words = [word for word in sys.argv[1:] if word not in ("-n", "bigtech-chat")]
line = " ".join(words)
state["calls"].append(line)
name = next((word.split("/")[1] for word in words if word.startswith("deployment/")), None)
code = 0


def change(deployment, image):
    sets = state["deployments"].setdefault(deployment, {"now": 0, "sets": {}})["sets"]
    newest = max(sets.values(), default=0)
    if sets.get(image) == newest and newest:
        return
    # The ReplicaSet of a template that was there before is taken again, under a new number.
    sets[image] = newest + 1
    state["deployments"][deployment]["now"] = newest + 1


if os.environ.get("KUBECTL_FAILS") and re.search(os.environ["KUBECTL_FAILS"], line) and state.pop("fails", None):
    code = 1
elif words[0] == "apply" and " in (" in line:
    for deployment in re.search(r" in \((.*)\)", line).group(1).split(","):
        change(deployment, state["release"])
elif words[:2] == ["rollout", "undo"]:
    of = state["deployments"][name]
    to = next((int(word.split("=")[1]) for word in words if word.startswith("--to-revision")), sorted(of["sets"].values())[-2])
    change(name, next(image for image, number in of["sets"].items() if number == to))
elif words[:2] == ["get", "job/migrate"]:
    # Not at once, the first time.
    asked = state["calls"].count(line)
    print(os.environ.get("KUBECTL_MIGRATION", "Complete") if asked > 1 else "SuccessCriteriaMet")
elif words[0] == "get" and name:
    print(state["deployments"].get(name, {}).get("now", ""), end="")
elif words[:2] == ["get", "replicaset"]:
    for image, number in state["deployments"][line.split("component=")[1].split()[0]]["sets"].items():
        print(image, number)
elif words[:2] == ["delete", "replicaset"]:
    for of in state["deployments"].values():
        if of["sets"].get(words[2], of["now"]) != of["now"]:
            del of["sets"][words[2]]
            break
state_file.write_text(json.dumps(state))
sys.exit(code)
