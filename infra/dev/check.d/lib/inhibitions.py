"""Which alerts hide which, asked of a running Alertmanager: inhibitions.py URL ALERTS CONFIG. All alerts of the file fire at once."""
import json
import re
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.request import Request, urlopen

url, file, config = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
lines = [line.split() for line in file.read_text().splitlines() if line and line[0] != "#"]
wanted = {frozenset(tuple(word.split("=", 1)) for word in words): said for said, *words in lines}
wrong = [f"{said}: neither heard nor hidden" for said in set(wanted.values()) - {"heard", "hidden"}]
# Of every rule something must be asked.
named = set(re.findall(r"Chat[A-Za-z]+", config.read_text().split("inhibit_rules:")[1]))
wrong += [f"{file.name} does not ask for {name}" for name in sorted(named - {dict(labels)["alertname"] for labels in wanted})]
if wrong:
    sys.exit("\n".join(wrong))


def call(path, body=None):
    request = Request(f"{url}/api/v2/{path}", json.dumps(body).encode() if body else None, {"Content-Type": "application/json"})
    return json.loads(urlopen(request, timeout=5).read() or "null")


until = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
call("alerts", [{"labels": dict(labels), "endsAt": until} for labels in wanted])
# They are taken in after the answer: what is hidden is waited for, and then what is heard has been looked at as well.
deadline = time.monotonic() + 10
while True:
    found = {frozenset(alert["labels"].items()): "hidden" if alert["status"]["inhibitedBy"] else "heard" for alert in call("alerts")}
    wrong = [f"{dict(labels)} is {found.get(labels, 'not there')} and not {said}" for labels, said in wanted.items() if found.get(labels) != said]
    if not wrong or time.monotonic() > deadline:
        break
    time.sleep(0.2)
if wrong:
    sys.exit("\n".join(wrong))
print(f"ok    {len(wanted)} alerts at once: {list(wanted.values()).count('hidden')} are hidden, each by what explains it")
