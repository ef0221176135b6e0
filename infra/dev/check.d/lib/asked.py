"""HEALTHCHECK is a process of its own, with the variables of its container and none of the flags: holds that it asks the port on which the
container serves, by running it as the engine would. asked.py PROGRAM DOCKERFILE OFFSET PROJECT.json…; OFFSET leads to ports that nobody has."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from facts import PORTS

program, dockerfile, offset = sys.argv[1], Path(sys.argv[2]).read_text(), int(sys.argv[3])
# The last image's, with lines that go on put together.
last = re.sub(r"\\\n\s*", " ", dockerfile[dockerfile.rindex("\nFROM "):])
IMAGE = dict(re.findall(r"(CHAT_[A-Z_]+)=(\S+)", " ".join(re.findall(r"^ENV (.*)$", last, re.M))))
PLACES = {"CHAT_CONFIG", "CHAT_SECRETS", "CHAT_DATA", "CHAT_IMAGES"}
wrong, asked = [], []


def ask(of, *arguments):
    variables = {**IMAGE, **(of.get("environment") or {})}
    # Its folders and files are in the container.
    ours = {name: value for name, value in variables.items() if name.startswith("CHAT_") and name not in PLACES}
    return subprocess.run([program, *arguments], env={"PATH": os.environ["PATH"], **ours, "CHAT_PORT_OFFSET": str(offset)}, capture_output=True, text=True)


for file in sys.argv[4:]:
    project = json.load(open(file))
    for service, of in project["services"].items():
        if "bigtech-chat" not in of.get("image", "") or of.get("healthcheck", {}).get("disable"):
            continue
        says = lambda what: wrong.append(f"{project['name']}: {service}: {what}")
        if of.get("command") != ["serve"]:
            says(f"is started with {of.get('command')}: what stands in flags, HEALTHCHECK does not see")
        expected = PORTS[service] if project["name"] == "bigtech-chat" else 8000
        said = ask(of, "health", "--within", "1s")
        port = re.search(r"http://127\.0\.0\.1:(\d+)/health/ready", said.stderr)
        if not port or int(port.group(1)) - offset != expected:
            says(f"HEALTHCHECK asks {int(port.group(1)) - offset if port else said.stderr.strip()} and not {expected}")
        if project["name"] == "bigtech-chat":
            has = {one: json.loads(ask(of, "config", "show", "--json").stdout)[one] for one in ("roles", "contexts")}
            is_worker = service in ("relay", "projector")
            if service not in (has["roles"] if is_worker else has["contexts"]) or len(has["roles" if is_worker else "contexts"]) != 1:
                says(f"carries {has}")
        asked.append(service)
if wrong:
    sys.exit("\n".join(wrong))
if not asked:
    sys.exit("no container of ours was found")
print(f"ok    HEALTHCHECK asks {', '.join(asked)} where each serves")
