"""A binary's list of what it holds names every crate that is linked into it, and none that Cargo.lock does not know.
sbom.py SPDX-JSON CARGO-TREE CARGO-LOCK"""
import json
import re
import sys

listed = {(one["name"], one.get("versionInfo", "")) for one in json.load(open(sys.argv[1]))["packages"]}
linked = {tuple(match.groups()) for match in (re.match(r"(\S+) v(\S+)", line) for line in open(sys.argv[2])) if match}
locked = set(re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', open(sys.argv[3]).read()))
# The file itself is a package too.
crates = {one for one in listed if re.match(r"\d", one[1])}
wrong = [f"{name} {version} is linked and not listed" for name, version in linked - crates]
wrong += [f"{name} {version} is listed and not in Cargo.lock" for name, version in crates - locked]
if wrong:
    sys.exit("\n".join(sorted(wrong)[:20]))
print(f"ok    {len(crates)} crates are listed, {len(linked)} of them linked")
