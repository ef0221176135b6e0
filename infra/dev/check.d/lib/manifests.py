"""What no schema sees: holds the manifests against each other and against the program. manifests.py ROOT OPENAPI FILE…"""
import json
import re
import sys
from pathlib import Path

import yaml

from facts import CONTEXTS, HIDDEN, PORTS, context_of, metrics, settings

root, document = Path(sys.argv[1]), json.load(open(sys.argv[2]))
wrong = []
known = settings(root)
registered = metrics(root)
adapter = yaml.safe_load((root / "infra/deploy/kubernetes/adapter.yml").read_text())["rules"]
prometheus = yaml.safe_load((root / "infra/deploy/prometheus/prometheus.kubernetes.yml").read_text())


def fits(selector, labels):
    return all(labels.get(key) == value for key, value in selector.items())


# What the autoscalers ask for is what the adapter makes of what the program counts, by labels that Prometheus puts on.
labels = {rule.get("target_label") for job in prometheus["scrape_configs"] if job["job_name"] == "chat" for rule in job["relabel_configs"]}
offered = set()
for rule in adapter:
    series, conditions = re.fullmatch(r"(\w+)\{(.*)\}", rule["seriesQuery"]).groups()
    offered.add(rule["name"]["as"])
    if series not in registered:
        wrong.append(f"adapter.yml: the program has no metric {series}")
    for label in {*re.findall(r"(\w+)!=", conditions), *rule["resources"]["overrides"]}:
        if label not in labels:
            wrong.append(f"adapter.yml: prometheus.kubernetes.yml puts no label {label} on")


def winner(routes, path):
    """The rule that takes `path`, as the Gateway API says it: an exact path, else the longest prefix of whole parts."""
    best = None
    for route in routes:
        for rule in route["spec"]["rules"]:
            for match in rule["matches"]:
                kind, value = match["path"]["type"], match["path"]["value"].rstrip("/")
                fits = path == value if kind == "Exact" else path == value or path.startswith(value + "/")
                rank = (kind == "Exact", len(value))
                if fits and (best is None or rank > best[0]):
                    best = (rank, rule)
    return best and best[1]


for file in sys.argv[3:]:
    overlay = Path(file).stem
    all_of = [one for one in yaml.safe_load_all(open(file)) if one]
    by = {}
    for one in all_of:
        by.setdefault(one["kind"], {})[one["metadata"]["name"]] = one
    pods = {name: one["spec"]["template"]["metadata"]["labels"] for kind in ("Deployment", "StatefulSet", "Job") for name, one in by.get(kind, {}).items()}
    says = lambda what: wrong.append(f"{overlay}: {what}")
    for name, port in PORTS.items():
        deployment = by["Deployment"].get(name)
        if not deployment:
            says(f"there is no {name}")
            continue
        container = next(one for one in deployment["spec"]["template"]["spec"]["containers"] if one["name"] == "chat")
        if container["ports"][0]["containerPort"] != port:
            says(f"{name} does not listen on {port}")
        if name not in by["PodDisruptionBudget"]:
            says(f"{name} has no PodDisruptionBudget")
        spec = deployment["spec"]["template"]["spec"]
        settings = next(one["data"] for key, one in by["ConfigMap"].items() if key.startswith("settings-"))
        grace = int(settings["CHAT_SHUTDOWN_GRACE"].rstrip("s"))
        if spec["terminationGracePeriodSeconds"] <= grace + container["lifecycle"]["preStop"]["sleep"]["seconds"]:
            says(f"{name} is killed before its streams have ended")
    for name, one in by["ConfigMap"].items():
        if name.startswith("settings-"):
            for setting in one["data"]:
                if setting not in known:
                    says(f"the program knows no setting {setting}")
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
        for name, one in by.get(kind, {}).items():
            selector = one["spec"].get("selector") if kind == "Service" else (one["spec"].get("selector") or one["spec"].get("podSelector"))["matchLabels"] if (one["spec"].get("selector") or one["spec"].get("podSelector")) else None
            if selector and not any(fits(selector, labels) for labels in pods.values()):
                says(f"{kind} {name} selects no pod")
    for name, one in by["HorizontalPodAutoscaler"].items():
        if one["spec"]["scaleTargetRef"]["name"] not in by["Deployment"]:
            says(f"HorizontalPodAutoscaler {name} scales nothing")
        for metric in one["spec"]["metrics"]:
            asked = metric.get("pods", {}).get("metric", {}).get("name")
            if asked and (asked not in registered or asked not in offered):
                says(f"HorizontalPodAutoscaler {name} asks for {asked}, which adapter.yml does not offer or the program does not count")
        if "replicas" in by["Deployment"].get(name, {"spec": {}})["spec"]:
            says(f"{name}: its number is given twice, and each rollout would undo the autoscaler's")
    for name, one in by["HTTPRoute"].items():
        for rule in one["spec"]["rules"]:
            for back in rule["backendRefs"]:
                if by["Service"].get(back["name"], {"spec": {"ports": [{"port": None}]}})["spec"]["ports"][0]["port"] != back["port"]:
                    says(f"HTTPRoute {name} goes to {back['name']}:{back['port']}, which is not there")
    # Every call of the OpenAPI document goes to its context, and takes as long as it may.
    routes = by["HTTPRoute"].values()
    routed = [match["path"]["value"] for one in routes for rule in one["spec"]["rules"] for match in rule["matches"]]
    for path in document["paths"]:
        rule = winner(routes, re.sub(r"{\w+}", "0198c0de-0000-7000-8000-000000000001", path))
        if path in HIDDEN or rule is None:
            if (path in HIDDEN) != (rule is None):
                says(f"{path} {'can be asked from outside' if rule else 'is not routed'}")
            continue
        context = context_of(path) or "user"
        if [(back["name"], back["port"]) for back in rule["backendRefs"]] != [(context, PORTS[context])]:
            says(f"{path} goes to {rule['backendRefs']} and not to {context}:{PORTS[context]}")
        limit = rule["timeouts"]["request"]
        if bool(re.search(r"/stream(/|$)", path)) != (limit == "0s"):
            says(f"{path}: a stream is cut off, or something else may hang for ever")
        if path == "/api/profile/export" and limit != "10m":
            says(f"{path}: what somebody takes along is cut off after {limit}")
    for prefix in [prefix for prefixes in CONTEXTS.values() for prefix in prefixes]:
        if routed.count(prefix) != 1:
            says(f"{prefix} is routed {routed.count(prefix)} times")
    if "nobody" not in by["NetworkPolicy"] or by["NetworkPolicy"]["nobody"]["spec"]["podSelector"]:
        says("everybody may speak to everybody")
    if by.get("Secret") and overlay != "dev":
        says("a secret stands in the repository")
if wrong:
    sys.exit("\n".join(sorted(set(wrong))))
print(f"ok    {len(sys.argv) - 3} overlays agree with themselves and with the program")
