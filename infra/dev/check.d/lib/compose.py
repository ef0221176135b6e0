"""What the parser does not see: holds the compose files, as it read them, against the repository and our own rules.

compose.py ROOT PROJECT.json…"""
import json
import re
import sys
from pathlib import Path

from facts import settings

root = Path(sys.argv[1])
wrong = []
known = settings(root)
ONCE = {"migrate", "topics", "jaeger-volume"}
# Images without a shell or a client: nothing in there could ask. Somebody else asks for them.
ASKED_BY = {"loki": "telemetry-health", "otel-collector": "telemetry-health", "jaeger": "telemetry-health"}
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
        if service in ASKED_BY:
            asker = project["services"].get(ASKED_BY[service], {}).get("healthcheck", {}).get("test", [])
            if f"//{service}:" not in " ".join(asker):
                says(f"{ASKED_BY[service]} does not ask whether it is healthy")
        elif not (check.get("test") or ours or service in ONCE):
            says("nobody asks whether it is healthy")
        if check.get("test") and re.search(r"-{1,2}(version|help)\b", " ".join(check["test"])):
            says("its health check asks nothing")
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
            # A new volume is root's, or as the image has the folder: who is told to be somebody else needs it made his.
            if volume["type"] == "volume" and of.get("user") == "root" and "DAC_OVERRIDE" not in of.get("cap_add", []):
                says(f"can not write {volume['target']}: root without DAC_OVERRIDE is nobody in a folder of others")
            if volume["type"] == "volume" and re.match(r"[1-9]", of.get("user", "")):
                makers = [project["services"][other] for other in of.get("depends_on", {}) if other in ONCE]
                if not any(maker.get("command", [])[:2] == ["chown", of["user"]] and "CHOWN" in maker.get("cap_add", [])
                           and source in [one.get("source") for one in maker.get("volumes", [])] for maker in makers):
                    says(f"can not write {volume['target']}: nobody makes the volume {source} {of['user']}'s")
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

# Docker's DNS lets a name hold for 600 s, and Kong believes it: a container that is made anew would be away for as long.
kong = projects.get("bigtech-chat", {}).get("kong", {}).get("environment", {})
if not 0 < int(kong.get("KONG_DNS_VALID_TTL") or 600) <= 30:
    wrong.append("kong: remembers addresses for longer than 30 s: KONG_DNS_VALID_TTL")
if wrong:
    sys.exit("\n".join(sorted(set(wrong))))
print(f"ok    {', '.join(f'{name}: {len(of)} services' for name, of in projects.items())}; pinned, limited, asked for health, on loopback")
