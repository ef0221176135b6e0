"""What the parser does not see: holds the compose files, as it read them, against the repository and our own rules.

compose.py ROOT PROJECT.json…"""
import json
import re
import sys
from pathlib import Path

import yaml

root = Path(sys.argv[1])
wrong = []
tables = [root / "infra/src/config/keys.rs", *(root / "infra/src/config/keys").glob("*.rs")]
keys = {name for table in tables for name in re.findall(r'names!\("[a-z_]+", "[a-z-]+", "([A-Z_]+)"\)', table.read_text())}
known = {f"CHAT_{key}" for key in keys} | {"CHAT_CONFIG"}
ONCE = {"migrate", "topics"}
# Without a shell or a client in the image there is nothing that could ask.
UNASKED = {"otel-collector", "jaeger"}
OUTSIDE = {"kong"}
projects = {}

for file in sys.argv[2:]:
    project = json.load(open(file))
    name = project["name"]
    projects[name] = project["services"]
    for service, of in project["services"].items():
        says = lambda what: wrong.append(f"{name}: {service}: {what}")
        image = of.get("image", "")
        tag = image.rsplit(":", 1)[-1] if ":" in image.rsplit("/", 1)[-1] else ""
        if not re.match(r"v?\d+\.\d+", tag):
            says(f"its image is not pinned by version: {image}")
        limits = of.get("deploy", {}).get("resources", {}).get("limits", {})
        if not {"cpus", "memory", "pids"} <= limits.keys():
            says("has no limits of processor, memory and processes")
        if name == "bigtech-chat" and of.get("profiles") not in (["core"], ["observability"]):
            says("belongs to no profile")
        check = of.get("healthcheck", {})
        ours = "bigtech-chat" in image
        if not (check.get("test") or ours or service in UNASKED):
            says("nobody asks whether it is healthy")
        if check.get("disable") and service not in ONCE:
            says("its health check is off")
        if "no-new-privileges:true" not in of.get("security_opt", []):
            says("may gain privileges")
        for port in of.get("ports", []):
            if port.get("host_ip") != "127.0.0.1" and not (service in OUTSIDE and port["published"] in ("80", "443")):
                says(f"port {port['published']} can be reached from other machines")
        for volume in of.get("volumes", []):
            source = volume.get("source", "")
            if volume["type"] == "bind" and source.startswith(str(root)) and not Path(source).exists():
                says(f"{source} is not there")
        for other, how in of.get("depends_on", {}).items():
            target = project["services"][other]
            if how["condition"] == "service_completed_successfully" and other not in ONCE:
                says(f"waits for the end of {other}, which never ends")
            if how["condition"] == "service_healthy" and not target.get("healthcheck", {}).get("test") and "bigtech-chat" not in target["image"]:
                says(f"waits for the health of {other}, which nobody asks for")
            if target.get("profiles") and target["profiles"] != of.get("profiles"):
                says(f"depends on {other}, which another profile starts")
        for variable, value in (of.get("environment") or {}).items():
            if variable.startswith("CHAT_") and variable not in known:
                says(f"the program knows no setting {variable}")
            if re.search(r"PASSWORD$|SECRET$|TOKEN$", variable):
                says(f"{variable} is a variable: secrets are files")
        if ours and not (of.get("read_only") and of.get("cap_drop") == ["ALL"]):
            says("its root can be written, or it keeps capabilities")

# Who is scraped is there, on the port on which it listens.
services = projects.get("bigtech-chat", {})
PORTS = {"user": 8005, "friend": 8003, "chat": 8002, "notification": 8004, "relay": 8009, "projector": 8009}
for job in yaml.safe_load((root / "infra/deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]:
    for group in job.get("dns_sd_configs", []):
        for target in group["names"]:
            if PORTS.get(target) != group["port"] or target not in services:
                wrong.append(f"prometheus.yml scrapes {target}:{group['port']}, which is not there")
    for group in job.get("static_configs", []):
        for target in group["targets"]:
            host = re.sub(r"^https?://|[:/].*$", "", target.split("://")[-1])
            if host not in services and host != "localhost":
                wrong.append(f"prometheus.yml scrapes {target}, which is not there")
for target in re.findall(r'target: "([a-z]+):(\d+)"', (root / "infra/deploy/kong/kong.yml").read_text()):
    if PORTS.get(target[0]) != int(target[1]) or target[0] not in services:
        wrong.append(f"kong.yml sends to {':'.join(target)}, which is not there")
if wrong:
    sys.exit("\n".join(sorted(set(wrong))))
print(f"ok    {', '.join(f'{name}: {len(of)} services' for name, of in projects.items())}; pinned, limited, asked for health, on loopback")
