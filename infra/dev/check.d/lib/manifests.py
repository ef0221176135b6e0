"""What no schema sees: holds the manifests against each other and against the program. manifests.py ROOT FILE…"""
import re
import sys
from pathlib import Path

import yaml

root = Path(sys.argv[1])
wrong = []
tables = [root / "infra/src/config/keys.rs", *(root / "infra/src/config/keys").glob("*.rs")]
keys = {name for table in tables for name in re.findall(r'names!\("[a-z_]+", "[a-z-]+", "([A-Z_]+)"\)', table.read_text())}
known = {f"CHAT_{key}" for key in keys} | {"CHAT_CONFIG"}
PORTS = {"user": 8005, "friend": 8003, "chat": 8002, "notification": 8004, "relay": 8009, "projector": 8009}


def fits(selector, labels):
    return all(labels.get(key) == value for key, value in selector.items())


for file in sys.argv[2:]:
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
        if "replicas" in by["Deployment"].get(name, {"spec": {}})["spec"]:
            says(f"{name}: its number is given twice, and each rollout would undo the autoscaler's")
    for name, one in by["HTTPRoute"].items():
        for rule in one["spec"]["rules"]:
            is_stream = any("/stream" in match["path"]["value"] for match in rule["matches"])
            if is_stream != (rule["timeouts"]["request"] == "0s"):
                says(f"HTTPRoute {name}: a stream is cut off, or something else may hang for ever")
            for back in rule["backendRefs"]:
                if by["Service"].get(back["name"], {"spec": {"ports": [{"port": None}]}})["spec"]["ports"][0]["port"] != back["port"]:
                    says(f"HTTPRoute {name} goes to {back['name']}:{back['port']}, which is not there")
    routed = [match["path"]["value"] for one in by["HTTPRoute"].values() for rule in one["spec"]["rules"] for match in rule["matches"]]
    for prefix in ("/api/auth", "/api/users", "/api/profile", "/api/online-status", "/api/friends", "/api/chat-rooms", "/api/messages", "/api/notifications"):
        if routed.count(prefix) != 1:
            says(f"{prefix} is routed {routed.count(prefix)} times")
    if "nobody" not in by["NetworkPolicy"] or by["NetworkPolicy"]["nobody"]["spec"]["podSelector"]:
        says("everybody may speak to everybody")
    if by.get("Secret") and overlay != "dev":
        says("a secret stands in the repository")
if wrong:
    sys.exit("\n".join(sorted(set(wrong))))
print(f"ok    {len(sys.argv) - 2} overlays agree with themselves and with the program")
