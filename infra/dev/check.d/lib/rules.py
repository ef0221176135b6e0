"""Holds the rules against their tests, their runbooks and the metrics that the program's source registers."""
import re
import sys
from pathlib import Path

import yaml

from facts import metrics

root = Path(sys.argv[1])
here = root / "infra/deploy/prometheus"
wrong = []


def load(folder):
    return {path.name: yaml.safe_load(path.read_text()) for path in sorted((here / folder).glob("*.yml"))}


rules = [rule for file in load("rules").values() for group in file["groups"] for rule in group["rules"]]
alerts = [rule for rule in rules if "alert" in rule]
cases = [case for file in load("tests").values() for test in file["tests"] for case in test.get("alert_rule_test", [])]
# It fires always: that is what it is for.
ALWAYS = {"ChatMonitoringLives"}

for alert in alerts:
    name = alert["alert"]
    mine = [bool(case["exp_alerts"]) for case in cases if case["alertname"] == name]
    if True not in mine:
        wrong.append(f"{name}: no test in which it fires")
    if False not in mine and name not in ALWAYS:
        wrong.append(f"{name}: no test in which it does not fire")
    if alert["labels"].get("severity") not in {"page", "ticket", "none"}:
        wrong.append(f"{name}: its severity is not page, ticket or none")
    link = alert["annotations"].get("runbook_url", "")
    runbook = root / link.split("/blob/main/")[-1]
    if "/blob/main/docs/runbooks/" not in link or not runbook.is_file():
        wrong.append(f"{name}: its runbook is not there: {link}")

for runbook in (root / "docs/runbooks").glob("Chat*.md"):
    if runbook.stem not in {alert["alert"] for alert in alerts}:
        wrong.append(f"{runbook.name}: a runbook of no alert")

# Names that the program registers, and those that it should.
registered = metrics(root)
pending = {line.split()[0] for line in (here / "pending-metrics").read_text().splitlines() if line and line[0] != "#"}
# A metric that came must leave the list, so that from then on it is asked for.
for name in sorted(pending & registered):
    wrong.append(f"{name}: the program has it now: take it off pending-metrics")
known = registered | pending
for rule in rules:
    for name in re.findall(r"\bchat_[a-z0-9_]+", re.sub(r"[a-z_]+:chat_[a-z0-9_]+(:[a-z0-9_]+)?", "", rule["expr"])):
        base = re.sub(r"_(bucket|count|sum|total)$", "", name)
        if name not in known and base not in known:
            wrong.append(f"{rule.get('alert') or rule['record']}: the program has no metric {name}")

if wrong:
    sys.exit("\n".join(wrong))
print(f"ok    {len(alerts)} alerts: each with a test that fires, one that does not, and a runbook; metrics are known ({len(pending)} pending)")
