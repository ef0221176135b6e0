"""What no linter of workflows sees: what goes out has passed CI, one rollout at a time, and who speaks to the registry has logged in.
workflows.py FOLDER"""
import sys
from pathlib import Path

import yaml

folder = Path(sys.argv[1])
flows = {path.stem: yaml.safe_load(path.read_text()) for path in folder.glob("*.yml")}
wrong = []
CI = "./.github/workflows/ci.yml"


def listed(value):
    return [value] if isinstance(value, str) else list(value or [])


def needs(jobs, name):
    """All jobs that come before."""
    found = set(listed(jobs[name].get("needs")))
    return found.union(*(needs(jobs, other) for other in found)) if found else found


# YAML reads `on` as true.
if "workflow_call" not in flows["ci"][True]:
    wrong.append("ci.yml: can not be called, so nothing can wait for it")
for stem, flow in flows.items():
    jobs = flow["jobs"]
    # A run that waits for an approval would hold up all others of its group.
    waits = any("environment" in job and any(other.get("uses") == CI for other in jobs.values()) for job in jobs.values())
    if waits and "github.ref }}" not in flow.get("concurrency", {}).get("group", "github.ref }}"):
        wrong.append(f"{stem}.yml: a tag that waits for its approval holds up the next: the group of its runs is {flow['concurrency']['group']}")
    for name, job in jobs.items():
        says = lambda what: wrong.append(f"{stem}.yml, {name}: {what}")
        writes = "packages: write" in yaml.safe_dump(job.get("permissions", {}))
        runs = " ".join(str(step.get("run", "")) for step in job.get("steps", []))
        uses = [step.get("uses", "").split("@")[0] for step in job.get("steps", [])]
        deploys = "scripts/deploy" in runs
        is_back = "--back" in runs
        if (writes or deploys and not is_back) and not any(jobs[other].get("uses") == CI for other in needs(jobs, name)):
            says("does not wait for CI")
        if deploys:
            group = (job.get("concurrency") or flow.get("concurrency", {})).get("group", "").replace("${{ inputs.environment }}", "staging")
            environment = job.get("environment", {}).get("name", "").replace("${{ inputs.environment }}", "staging")
            if not environment or group != f"deploy-{environment}":
                says(f"rollouts and the way back may run at once: its group is {group} and not deploy-{environment}")
        if (writes or deploys and not is_back) and "docker/login-action" not in uses:
            says("speaks to the registry without having logged in")
if wrong:
    sys.exit("\n".join(wrong))
print(f"ok    {len(flows)} workflows: what goes out has passed CI, one rollout at a time, logged in")
