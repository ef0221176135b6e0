"""Collector, Loki, Jaeger, Alloy and what Grafana is given: each whole in itself, and they agree with each other and with compose.yaml.
watchers.py DEPLOY"""
import re
import sys
from pathlib import Path, PurePosixPath

import yaml

deploy = Path(sys.argv[1])
read = lambda name: yaml.safe_load((deploy / name).read_text())
services = read("compose.yaml")["services"]
collector, jaeger, loki = read("collector/collector.yaml"), read("jaeger/jaeger.yaml"), read("loki/loki.yaml")
wrong = []


def mounts(service):
    """Where in the container what of ours lies."""
    return {target: source for source, target, *_ in (volume.split(":") for volume in services[service]["volumes"])}


def is_kept(service, path):
    return any(path == target or PurePosixPath(target) in PurePosixPath(path).parents for target in mounts(service))


# A pipeline names parts that there are, and no part is there that none names.
for name, config in {"collector.yaml": collector, "jaeger.yaml": jaeger}.items():
    pipelines = config["service"]["pipelines"].values()
    used = {part for pipeline in pipelines for kind in ("receivers", "processors", "exporters") for part in pipeline.get(kind, [])}
    used |= set(config["service"].get("extensions", []))
    there = {part for kind in ("receivers", "processors", "exporters", "connectors", "extensions") for part in config.get(kind, {})}
    wrong += [f"{name}: there is no {part}" for part in used - there] + [f"{name}: nobody uses {part}" for part in there - used]
# Who is started with a file is given it, where it looks for it.
FILES = {"otel-collector": "collector/collector.yaml", "jaeger": "jaeger/jaeger.yaml", "loki": "loki/loki.yaml", "alloy": "alloy/config.alloy"}
for service, file in FILES.items():
    asked = {word.split("=")[-1] for word in services[service]["command"]}
    if not any(source == f"./{file}" and target in asked for target, source in mounts(service).items()):
        wrong.append(f"compose.yaml: {service} is not started with {file}")
# What must last lies in a volume, and only what the storage calls by its name is used.
backends = jaeger["extensions"]["jaeger_storage"]["backends"]
for name, backend in backends.items():
    for path in backend["badger"]["directories"].values():
        if not is_kept("jaeger", path):
            wrong.append(f"jaeger.yaml: {path} lies in no volume")
for where, name in {"jaeger_query": jaeger["extensions"]["jaeger_query"]["storage"]["traces"],
                    "the exporter": jaeger["exporters"]["jaeger_storage_exporter"]["trace_storage"]}.items():
    if name not in backends:
        wrong.append(f"jaeger.yaml: {where} keeps traces in {name}, which is not there")
for path in (loki["common"]["path_prefix"], loki["storage_config"]["filesystem"]["directory"], loki["compactor"]["working_directory"]):
    if not is_kept("loki", path):
        wrong.append(f"loki.yaml: {path} lies in no volume")
newest = loki["schema_config"]["configs"][-1]
if newest["object_store"] != loki["compactor"]["delete_request_store"] or newest["object_store"] not in loki["storage_config"]:
    wrong.append(f"loki.yaml: {newest['object_store']} is not what it stores in")
if not loki["compactor"]["retention_enabled"] or not re.fullmatch(r"[1-9]\d*h", loki["limits_config"]["retention_period"]):
    wrong.append("loki.yaml: nothing is ever dropped")
limit = services["otel-collector"].get("deploy", {}).get("resources", {}).get("limits", {}).get("memory", "512M")
if collector["processors"]["memory_limiter"]["limit_mib"] >= int(limit.rstrip("M")):
    wrong.append("collector.yaml: it is killed before it refuses")
for name, pipeline in collector["service"]["pipelines"].items():
    if "otlp" in pipeline["receivers"] and pipeline["processors"][0] != "memory_limiter":
        wrong.append(f"collector.yaml: {name} takes more than it can hold")

# Where the collector sends to is somebody who listens there.
listens = {"jaeger": {str(one["endpoint"]).rsplit(":", 1)[1] for one in jaeger["receivers"]["otlp"]["protocols"].values()},
           "loki": {str(loki["server"]["http_listen_port"])}}
for name, exporter in collector["exporters"].items():
    host, port = re.sub(r"^https?://|/.*$", "", exporter["endpoint"]).rsplit(":", 1)
    if name != "prometheus" and (host not in services or port not in listens.get(host, ())):
        wrong.append(f"collector.yaml: {name} sends to {host}:{port}, which is not there")

# Grafana: sources that panels and links name, and dashboards where it looks for them.
sources = read("grafana/provisioning/datasources/datasources.yml")["datasources"]
uids = {source["uid"] for source in sources}
for source in sources:
    if not {"name", "uid", "type", "access", "url"} <= source.keys() or source["type"] != source["uid"]:
        wrong.append(f"datasources.yml: {source.get('name')} is not whole")
for path in (deploy / "grafana/dashboards").glob("*.json"):
    for uid in set(re.findall(r'"uid": "((?!chat-)[a-z]+)"', path.read_text())) - uids:
        wrong.append(f"{path.name}: there is no data source {uid}")
for uid in set(re.findall(r"datasourceUid: (\w+)", (deploy / "grafana/provisioning/datasources/datasources.yml").read_text())) - uids:
    wrong.append(f"datasources.yml: a link leads to {uid}, which is not there")
if sum(bool(source.get("isDefault")) for source in sources) != 1:
    wrong.append("datasources.yml: one of them, and only one, is the default")
for provider in read("grafana/provisioning/dashboards/dashboards.yml")["providers"]:
    if provider["type"] != "file" or mounts("grafana").get(provider["options"]["path"]) != "./grafana/dashboards":
        wrong.append(f"dashboards.yml: {provider['options']['path']} is not where compose.yaml mounts the dashboards")
if mounts("grafana").get("/etc/grafana/provisioning") != "./grafana/provisioning":
    wrong.append("compose.yaml: Grafana is not given its provisioning")
home = PurePosixPath(services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
if mounts("grafana").get(str(home.parent)) != "./grafana/dashboards" or not (deploy / "grafana/dashboards" / home.name).exists():
    wrong.append(f"compose.yaml: there is no dashboard {home}")

# Labels of Loki stay few: no id may become one.
alloy = (deploy / "alloy/config.alloy").read_text()
if f"http://loki:{loki['server']['http_listen_port']}" not in alloy:
    wrong.append("config.alloy: sends to another Loki")
labels = re.search(r"stage\.labels \{\s*values = \{(.*?)\}", alloy, re.S).group(1)
if re.findall(r"(\w+)\s*=", labels) != ["level"]:
    wrong.append(f"config.alloy: more labels than level: {labels}")
index = loki["limits_config"]["otlp_config"]["resource_attributes"]["attributes_config"][0]["attributes"]
if set(index) != {"service.name", "deployment.environment.name"}:
    wrong.append(f"loki.yaml: labels of what comes by OTLP: {index}")
if wrong:
    sys.exit("\n".join(sorted(wrong)))
print("ok    collector, Loki, Jaeger, Alloy, data sources and dashboards agree with each other and with compose.yaml")
