"""Whoever is named as HOST:PORT listens there: targets of Prometheus and Alertmanager, data sources, exporters, upstreams, health checks and
published ports, held against compose.yaml and the files that say who listens where. reached.py ROOT PROJECT.json"""
import json
import re
import sys
from pathlib import Path

import yaml

from facts import PORTS

root, services = Path(sys.argv[1]), json.load(open(sys.argv[2]))["services"]
deploy = root / "infra/deploy"
read = lambda name: yaml.safe_load((deploy / name).read_text())
number = lambda text: int(str(text).rsplit(":", 1)[1])
collector, jaeger = read("collector/collector.yaml"), read("jaeger/jaeger.yaml")
kong = services["kong"]["environment"]
otlp = lambda of: {number(one["endpoint"]) for one in of["receivers"]["otlp"]["protocols"].values()}

# Where a file of ours says it, from there; else what the image listens on unless it is told otherwise.
LISTENS = {
    **{name: {port} for name, port in PORTS.items()},
    "prometheus": {9090}, "alertmanager": {9093}, "blackbox": {9115}, "node-exporter": {9100}, "grafana": {3000}, "kafka-ui": {8080},
    "kafka1": {9092}, "kafka2": {9092}, "kafka3": {9092},
    "webhook": {int(services["webhook"]["command"][-1])},
    "alloy": {number(next(one for one in services["alloy"]["command"] if "listen-addr" in one))},
    "kong": {int(port) for name in ("PROXY", "ADMIN", "STATUS") for port in re.findall(r":(\d+)", kong[f"KONG_{name}_LISTEN"])},
    "loki": {read("loki/loki.yaml")["server"]["http_listen_port"]},
    "otel-collector": otlp(collector) | {number(collector["exporters"]["prometheus"]["endpoint"])},
    "jaeger": otlp(jaeger) | {number(one["endpoint"]) for extension in jaeger["extensions"].values() for one in extension.values() if isinstance(one, dict) and "endpoint" in one},
}
wrong, count = [], 0


def reach(where, host, port, itself=None):
    global count
    count += 1
    host = itself if itself and host in ("127.0.0.1", "localhost") else host
    if host not in services or int(port) not in LISTENS.get(host, ()):
        wrong.append(f"{where}: nobody listens on {host}:{port}")


def named(where, text, itself=None):
    found = re.findall(r"^(?:[a-z]+://)?([a-z0-9.-]+):(\d+)", text)
    for host, port in found:
        reach(where, host, port, itself)
    if not found:
        wrong.append(f"{where}: {text} is no HOST:PORT")


prometheus = read("prometheus/prometheus.yml")
for job in prometheus["scrape_configs"]:
    where = f"prometheus.yml, {job['job_name']}"
    for group in job.get("dns_sd_configs", []):
        for name in group["names"]:
            reach(where, name, group["port"])
    for group in job.get("static_configs", []):
        for target in group["targets"]:
            named(where, target, "prometheus")
    for rule in job.get("relabel_configs", []):
        if rule.get("target_label") == "__address__":
            named(where, rule["replacement"])
for group in prometheus["alerting"]["alertmanagers"]:
    for target in [target for one in group["static_configs"] for target in one["targets"]]:
        named("prometheus.yml, alerting", target)
for source in read("grafana/provisioning/datasources/datasources.yml")["datasources"]:
    named(f"datasources.yml, {source['name']}", source["url"])
for name, exporter in collector["exporters"].items():
    if name != "prometheus":
        named(f"collector.yaml, {name}", exporter["endpoint"])
for where, pattern in {
    "kong/kong.yml": r'target: "([^"]+)"',
    "alertmanager/alertmanager.yml": r"url: '([^']+)'",
    "alloy/config.alloy": r'url\s*= "(http[^"]+)"',
    # What turns traces on.
    "compose.yaml": r"CHAT_OTLP=(\S+)",
}.items():
    found = re.findall(pattern, (deploy / where).read_text())
    for text in found:
        named(where, text)
    if not found:
        wrong.append(f"{where}: names nobody")
for service, of in services.items():
    for url in re.findall(r"https?://[a-z0-9.-]+:\d+", " ".join(of.get("healthcheck", {}).get("test") or [])):
        named(f"compose.yaml, the health of {service}", url, service)
    for port in of.get("ports", []):
        reach(f"compose.yaml, a port of {service}", service, port["target"])
if wrong:
    sys.exit("\n".join(sorted(set(wrong))))
print(f"ok    {count} places that are named as HOST:PORT: somebody listens at each")
