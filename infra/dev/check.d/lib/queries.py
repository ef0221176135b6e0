"""Asks a real Prometheus every expression of every dashboard panel and alert source; one that returns no data fails.

queries.py URL FOLDER PENDING: the dashboards' JSON in FOLDER; metrics that the program does not have yet in the file PENDING."""
import json
import re
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

url, folder, pending_file = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
pending = {line.split()[0] for line in pending_file.read_text().splitlines() if line and line[0] != "#"}
# What Grafana would put there.
VARIABLES = {"$__rate_interval": "1m", "$service": ".*"}


def ask(expression):
    data = urllib.parse.urlencode({"query": expression}).encode()
    try:
        with urllib.request.urlopen(url + "/api/v1/query", data, timeout=20) as answer:
            return json.load(answer)["data"]["result"], None
    except urllib.error.HTTPError as error:
        return [], json.load(error).get("error")


# A machine that is busy scrapes late: what has no data yet is asked again until then.
PATIENCE = time.monotonic() + 30


def ask_again(expression, is_pending):
    while True:
        result, error = ask(expression)
        if result or error or is_pending or time.monotonic() > PATIENCE:
            return result, error
        time.sleep(1)


asked, empty, waiting = 0, [], []
for path in sorted(folder.glob("*.json")):
    for panel in json.loads(path.read_text())["panels"]:
        if panel["datasource"]["type"] != "prometheus":
            continue
        for target in panel["targets"]:
            expression = target["expr"]
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            where = f"{path.stem}: {panel['title']}: {expression}"
            if "$" in expression:
                empty.append(f"{where}\n    has a variable that nobody sets")
                continue
            missing = [name for name in pending if re.search(rf"\b{name}\b", expression)]
            result, error = ask_again(expression, missing)
            asked += 1
            if error:
                empty.append(f"{where}\n    {error}")
            elif not result:
                (waiting if missing else empty).append(where)
            elif all(sample["value"][1] == "NaN" for sample in result):
                empty.append(f"{where}\n    is not a number")
            # A label in the legend that the answer has not would show as nothing.
            for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
                if result and not any(label in sample["metric"] for sample in result):
                    empty.append(f"{where}\n    its legend names {label}, which the answer has not")

for where in waiting:
    print(f"wait  {where}")
if empty:
    sys.exit("no data for:\n" + "\n".join(empty))
if not asked:
    sys.exit("no panel was found")
print(f"ok    {asked} expressions asked, {asked - len(waiting)} answered with data, {len(waiting)} wait for a metric of pending-metrics")
