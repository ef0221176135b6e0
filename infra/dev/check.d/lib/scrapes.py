"""Prometheus' two configurations say the same of the same things, and that of Kubernetes finds the pods of our manifests. scrapes.py ROOT"""
import re
import sys
from pathlib import Path

import yaml

root = Path(sys.argv[1])
here, base = root / "infra/deploy/prometheus", root / "infra/deploy/kubernetes/base"
compose, kubernetes = (yaml.safe_load((here / name).read_text()) for name in ("prometheus.yml", "prometheus.kubernetes.yml"))
modules = yaml.safe_load((here / "blackbox.yml").read_text())["modules"]
wrong = []
jobs = {name: {job["job_name"]: job for job in config["scrape_configs"]} for name, config in (("prometheus.yml", compose), ("prometheus.kubernetes.yml", kubernetes))}

for part in ("global", "rule_files"):
    if compose[part] != kubernetes[part]:
        wrong.append(f"prometheus.kubernetes.yml: its {part} is not that of prometheus.yml")
for name, config in jobs.items():
    if {f"rules/{path.name}" for path in (here / "rules").glob("*.yml")} != set(compose["rule_files"]):
        wrong.append(f"{name}: does not read all rules")
    for job, of in config.items():
        for module in of.get("params", {}).get("module", []):
            if module not in modules:
                wrong.append(f"{name}, {job}: blackbox.yml has no module {module}")
# `--config.check` takes a prober that there is not.
for name, module in modules.items():
    if module.get("prober") not in {"http", "tcp", "dns", "icmp", "grpc"} or module["prober"] not in module:
        wrong.append(f"blackbox.yml, {name}: there is no prober {module.get('prober')}, or nothing is said for it")
# A rule that asks for a job which is not scraped fires never, or always.
for path in (here / "rules").glob("*.yml"):
    for job in set(re.findall(r'job="([^"]+)"', path.read_text())):
        wrong += [f"{path.name} asks for the job {job}, which {name} has not" for name, config in jobs.items() if job not in config]
for job in ("chat", "chat-ready", "edge"):
    ours, theirs = jobs["prometheus.yml"][job], jobs["prometheus.kubernetes.yml"].get(job, {})
    for part in ("metrics_path", "params", "scrape_interval"):
        if ours.get(part) != theirs.get(part):
            wrong.append(f"prometheus.kubernetes.yml, {job}: its {part} is not that of prometheus.yml")

# A service of which no process is left has no series: each that is scraped is asked for by name.
scraped = {name for of in jobs["prometheus.yml"]["chat"]["dns_sd_configs"] for name in of["names"]}
asked = set(re.findall(r'absent\(up\{job="chat",service="(\w+)"\}\)', (here / "rules/distributed.yml").read_text()))
if scraped != asked:
    wrong.append(f"ChatServiceGone asks for {sorted(asked)}, and prometheus.yml scrapes {sorted(scraped)}")

# Pods are found by what the manifests say of them.
pod = yaml.safe_load((base / "pod.yaml").read_text())["spec"]["template"]
annotations = {"__meta_kubernetes_pod_annotation_" + re.sub(r"\W", "_", name): value for name, value in pod["metadata"]["annotations"].items()}
manifests = [one for path in base.glob("*.yaml") for one in yaml.safe_load_all(path.read_text()) if one]
deployments = [one for one in manifests if one["kind"] == "Deployment" and one["spec"].get("selector")]
namespace = yaml.safe_load((base / "kustomization.yaml").read_text())["namespace"]
for job in ("chat", "chat-ready"):
    of = jobs["prometheus.kubernetes.yml"].get(job, {})
    says = lambda what: wrong.append(f"prometheus.kubernetes.yml, {job}: {what}")
    rules = {(rule.get("source_labels") or [""])[0]: rule for rule in of.get("relabel_configs", [])}
    kept = {label: rule["regex"] for label, rule in rules.items() if rule.get("action") == "keep"}
    for label, value in annotations.items():
        if not re.fullmatch(kept.get(label, ""), value):
            says(f"does not keep pods with {label} = {value}")
    for label in kept:
        if "annotation" in label and label not in annotations:
            says(f"keeps pods by {label}, which no pod has")
    for one in deployments:
        labels = one["spec"]["template"]["metadata"]["labels"]
        ports = [port["name"] for container in one["spec"]["template"]["spec"]["containers"] for port in container["ports"]]
        if sum(bool(re.fullmatch(kept.get("__meta_kubernetes_pod_container_port_name", ""), port)) for port in ports) != 1:
            says(f"{one['metadata']['name']} is not one target: its ports are {ports}")
        if labels.get("app.kubernetes.io/component") not in asked:
            says(f"ChatServiceGone does not ask for {labels.get('app.kubernetes.io/component')}")
        component = rules.get("__meta_kubernetes_pod_label_app_kubernetes_io_component", {})
        if component.get("target_label") != "service" or "app.kubernetes.io/component" not in labels:
            says(f"{one['metadata']['name']} does not become a service")
    if of.get("kubernetes_sd_configs") != [{"role": "pod", "namespaces": {"names": [namespace]}}]:
        says(f"does not look into {namespace}")
if not deployments:
    wrong.append("no Deployment was found")
if wrong:
    sys.exit("\n".join(sorted(set(wrong))))
print(f"ok    prometheus.kubernetes.yml: {len(deployments)} Deployments are found, and it says what prometheus.yml says")
