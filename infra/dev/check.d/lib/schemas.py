"""Makes JSON schemas that kubeconform reads without the network: of the wheel kubernetes-validate, and of the Gateway API's own CRDs.

schemas.py VERSION TO CRD…"""
import importlib.util
import json
import sys
from pathlib import Path

import yaml

version, to, crds = sys.argv[1], Path(sys.argv[2]) / f"v{sys.argv[1]}-strict", sys.argv[3:]
to.mkdir(parents=True, exist_ok=True)
package = Path(importlib.util.find_spec("kubernetes_validate").origin).parent
folders = sorted(package.glob(f"kubernetes-json-schema/v{version.rsplit('.', 1)[0]}.*-local-strict"))
if not folders:
    sys.exit(f"kubernetes-validate has no schemas of Kubernetes {version}")
for path in folders[-1].glob("*.json"):
    schema = json.loads(path.read_text().replace('"/api/_definitions.json', '"_definitions.json').replace('"$ref": "_definitions.json', '"$ref": "_definitions.json'))
    schema.pop("$id", None)
    (to / path.name).write_text(json.dumps(schema))


def strict(node):
    """What is not named is not allowed, as the others are."""
    if isinstance(node, dict):
        if "properties" in node and not node.get("x-kubernetes-preserve-unknown-fields"):
            node.setdefault("additionalProperties", False)
        for value in node.values():
            strict(value)
    elif isinstance(node, list):
        for value in node:
            strict(value)


for path in crds:
    crd = yaml.safe_load(Path(path).read_text())
    group = crd["spec"]["group"].split(".")[0]
    for served in crd["spec"]["versions"]:
        schema = served["schema"]["openAPIV3Schema"]
        for name in ("apiVersion", "kind"):
            schema["properties"][name] = {"type": "string"}
        schema["properties"]["metadata"] = {"type": "object"}
        strict({key: value for key, value in schema["properties"].items() if key != "metadata"})
        kind = crd["spec"]["names"]["kind"].lower()
        (to / f"{kind}-{group}-{served['name']}.json").write_text(json.dumps(schema))
