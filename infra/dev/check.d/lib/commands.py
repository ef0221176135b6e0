"""Every `bigtech-chat X --flag` of the documents is a subcommand, with a flag, that the program has. commands.py PROGRAM ROOT FILE…"""
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

program, root = sys.argv[1], Path(sys.argv[2])
# Of which a document may speak, too.
CHECK = (root / "infra/dev/check").read_text()
wrong, asked = [], 0


@cache
def help_of(*words):
    """None where there is no such subcommand."""
    said = subprocess.run([program, *words, "--help"], capture_output=True, text=True)
    return said.stdout if said.returncode == 0 else None


@cache
def subcommands(*words):
    listed = re.search(r"^Commands:\n((?:  .*\n)+)", help_of(*words), re.M)
    return set(re.findall(r"^  (\w+)", listed.group(1), re.M)) - {"help"} if listed else set()


def known(flag, *words):
    return re.search(rf"(?<![\w-]){flag}(?![\w-])", help_of(*words) or "")


ALL = [(), *((name, *more) for name in subcommands() for more in [(), *((other,) for other in subcommands(name))])]
for file in map(Path, sys.argv[3:]):
    for number, line in enumerate(file.read_text().splitlines(), 1):
        # A call ends where the next begins, with its span of code, or with what the shell does next; what is said behind `#` is of it.
        for call in re.findall(r"(?<![\w/.-])(?<!-n )(?<!namespace )bigtech-chat((?: (?!bigtech-chat\b)[^`|;]+?)*?)(?=`|\||;|&&|$| bigtech-chat\b)", line):
            words = re.findall(r"[^\s,]+", re.sub(r"[()]", " ", call))
            path = []
            while len(path) < len(words) and words[len(path)] in subcommands(*path):
                path.append(words[len(path)])
            # In code; in a sentence `bigtech-chat` may be followed by anything.
            is_code = line.startswith("    ") or f"`bigtech-chat{call}`" in line
            if is_code and not path and words and re.fullmatch(r"[a-z]+", words[0]):
                wrong.append(f"{file}:{number}: bigtech-chat {words[0]} is no subcommand")
            for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]+", call):
                asked += 1
                if not known(flag, *path):
                    wrong.append(f"{file}:{number}: bigtech-chat {' '.join(path)} has no {flag}")
        # A flag by itself is one of somebody's.
        for flag in re.findall(r"`(--[a-z][a-z-]+)", line):
            if not (any(known(flag, *path) for path in ALL) or re.search(rf"{flag}\b", CHECK)):
                wrong.append(f"{file}:{number}: nobody has the flag {flag}")
if wrong:
    sys.exit("\n".join(wrong))
if not asked:
    sys.exit("no flag was found")
print(f"ok    {asked} flags of subcommands are there")
