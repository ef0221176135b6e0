"""Every link of the documents leads somewhere: files that are there, headings that are there. links.py ROOT FILE…"""
import re
import sys
from pathlib import Path
from urllib.parse import unquote

root = Path(sys.argv[1])
wrong, count = [], 0


def anchors(path):
    """As GitHub makes them."""
    seen, fenced = {}, False
    for line in path.read_text().splitlines():
        fenced ^= line.startswith("```")
        heading = re.match(r"#{1,6} (.*)", line)
        if heading and not fenced:
            text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading.group(1)).strip().lower()
            name = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            number = seen[name] = seen.get(name, -1) + 1
            yield f"{name}-{number}" if number else name


for file in map(Path, sys.argv[2:]):
    text = re.sub(r"```.*?```|`[^`\n]*`", lambda match: "\n" * match.group().count("\n"), file.read_text(), flags=re.S)
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("    "):
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if re.match(r"[a-z]+:", target):
                continue
            count += 1
            path, _, anchor = target.partition("#")
            where = (file.parent / unquote(path)).resolve() if path else file.resolve()
            if not where.exists():
                wrong.append(f"{file}:{number}: {target} is not there")
            elif root not in where.parents and where != root:
                wrong.append(f"{file}:{number}: {target} leads out of the repository")
            elif anchor and where.suffix == ".md" and anchor not in anchors(where):
                wrong.append(f"{file}:{number}: {path or file.name} has no heading #{anchor}")
# A document that nobody links to is found by nobody.
linked = set()
for file in map(Path, sys.argv[2:]):
    for target in re.findall(r"\]\(([^)#\s]+)", file.read_text()):
        linked.add((file.parent / unquote(target)).resolve())
for file in (root / "docs").rglob("*.md"):
    if file.resolve() not in linked and file != root / "docs/README.md":
        wrong.append(f"{file.relative_to(root)}: no document leads here")
if wrong:
    sys.exit("\n".join(wrong))
print(f"ok    {count} links in {len(sys.argv) - 2} documents")
