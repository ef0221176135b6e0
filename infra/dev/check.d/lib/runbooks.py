"""What runbooks send people to look for is there: lines of the log as the program prints them, parts as `/health/ready` names them.
runbooks.py ROOT"""
import re
import sys
from pathlib import Path

root = Path(sys.argv[1])
wrong = []
code = [path.read_text() for crate in ("infra", "command-side", "projections", "query-side") for path in (root / crate / "src").rglob("*.rs") if "tests" not in path.parts]
texts = "\n".join(code)
lines = 0
for path in sorted((root / "docs").rglob("*.md")):
    for line in re.findall(r"the line\s+`([^`]+)`", path.read_text()):
        lines += 1
        if f'"{line}"' not in texts:
            wrong.append(f"{path.relative_to(root)}: the program logs no line {line}")
readiness = [text for text in code if "Readiness" in text or "readiness" in text]
parts = {part for text in readiness for part in re.findall(r'\.(?:with|wishing)\(\s*"([a-z_]+)"', text)}
for runbook in ("ChatDependencyAway", "ChatDependencyMissed"):
    said = set(re.findall(r"`([a-z_]+)`", (root / f"docs/runbooks/{runbook}.md").read_text()))
    wrong += [f"{runbook}.md: does not say what the part {part} is" for part in parts - said]
    wrong += [f"{runbook}.md: /health/ready names no part {part}" for part in said - parts - {"away"}]
if wrong:
    sys.exit("\n".join(wrong))
if not (lines and parts):
    sys.exit("no line or no part was found")
print(f"ok    {lines} lines of the log and {len(parts)} parts of readiness are those of the code")
