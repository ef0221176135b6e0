"""Every call of the OpenAPI document is matched by exactly one of Kong's routes, with the right upstream and plugins.

routes.py ROOT OPENAPI. Which route wins follows Kong's documentation: regular expressions before prefixes, then the longest prefix; two that
are left are an ambiguity, and a fault. It is our own reading: no Kong can be had here."""
import json
import re
import sys
from pathlib import Path

import yaml

from facts import HIDDEN, PORTS, browsers, context_of, rate

root = Path(sys.argv[1])
config = yaml.safe_load((root / "infra/deploy/kong/kong.yml").read_text())
document = json.load(open(sys.argv[2]))
wrong = []

upstreams = {upstream["name"]: upstream for upstream in config["upstreams"]}
routes = [(route, service) for service in config["services"] for route in service["routes"]]


def fits(route, method, path):
    if route.get("methods") and method.upper() not in route["methods"]:
        return None
    best = None
    for pattern in route["paths"]:
        if pattern.startswith("~"):
            # Kong anchors at the beginning only.
            if re.match(pattern[1:], path):
                best = max(best or (0, 0), (1, 0))
        elif path.startswith(pattern):
            best = max(best or (0, 0), (0, len(pattern)))
    return best


def winner(method, path):
    ranked = sorted(((rank, n) for n, (route, _) in enumerate(routes) if (rank := fits(route, method, path))), reverse=True)
    if not ranked:
        wrong.append(f"{method} {path}: no route")
        return None
    if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
        wrong.append(f"{method} {path}: both {routes[ranked[0][1]][0]['name']} and {routes[ranked[1][1]][0]['name']}")
        return None
    return routes[ranked[0][1]]


def plugins(route, service):
    found = {plugin["name"]: plugin for plugin in config.get("plugins", [])}
    for owner in (service, route):
        found.update({plugin["name"]: plugin for plugin in owner.get("plugins", [])})
    return found


def guarded(limits, says):
    """Who guesses is slowed down more than others, but no address below what the program itself lets it do: Kong is the outer fence."""
    everybody = next(plugin["config"] for plugin in config["plugins"] if plugin["name"] == "rate-limiting")
    if limits.get("minute", 10**9) > everybody["minute"] / 4:
        says("does not slow down who guesses")
    ours = [rate(root, name) for name in ("logins_per_address", "registrations_per_address")]
    for span, seconds in (("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400)):
        allowed = sum(at_once + a_second * seconds for a_second, at_once in ours)
        if limits.get(span, allowed) < allowed:
            says(f"lets an address do {limits[span]} a {span}, and the program {allowed}")


def check(method, path):
    # A path with ids as they are.
    concrete = re.sub(r"{\w+}", "0198c0de-0000-7000-8000-000000000001", path)
    found = winner(method, concrete)
    if not found:
        return
    route, service = found
    have = plugins(route, service)
    says = lambda what: wrong.append(f"{method} {path} ({route['name']}): {what}")
    for name in ("correlation-id", "cors", "rate-limiting", "request-size-limiting", "prometheus"):
        if name not in have:
            says(f"without the plugin {name}")
    if path in HIDDEN:
        return None if "request-termination" in have else says("can be asked from outside")
    if "request-termination" in have:
        says("is answered by the gateway")
    if route.get("strip_path") is not False:
        says("its path is stripped")
    if path == "/health":
        return None
    if route["protocols"] != ["https"] or route.get("https_redirect_status_code") != 308:
        says("can be called without TLS, or is not redirected with its method (308)")
    context = context_of(path)
    if context is None:
        return says("belongs to no context")
    is_stream = re.search(r"/stream(/|$)", path)
    writes = method not in ("get", "head") or path.startswith("/api/chat-rooms/check/")
    kind = "write" if writes else "read"
    if service["host"] != f"{context}-{kind}":
        says(f"goes to {service['host']} and not to {context}-{kind}")
    targets = upstreams.get(service["host"], {}).get("targets", [])
    if not targets or any(not target["target"].endswith(f":{PORTS[context]}") for target in targets):
        says("its upstream is not on the port of its context")
    if writes and service["retries"] != 0:
        says("a command may be sent twice")
    buffers = route.get("response_buffering", True) or route.get("request_buffering", True)
    if is_stream and (buffers or service["read_timeout"] < 600_000 or service["retries"] != 0):
        says("a stream is buffered, cut off or begun again")
    if not is_stream and service["read_timeout"] > 60_000:
        says("may hang for ever")
    if path == "/api/profile/image" and method == "put" and have["request-size-limiting"]["config"]["allowed_payload_size"] < 5:
        says("takes no image of 5 MiB")
    if path.startswith("/api/auth") and writes:
        guarded(have["rate-limiting"]["config"], says)


calls = [(method, path) for path, item in document["paths"].items() for method in item if method in ("get", "post", "put", "patch", "delete")]
for method, path in calls:
    check(method, path)
# A browser asks first: OPTIONS has to arrive somewhere, or no answer of `cors` goes out.
for path in document["paths"]:
    if path.startswith("/api/"):
        winner("options", re.sub(r"{\w+}", "x", path))
for name, upstream in upstreams.items():
    if "active" not in upstream.get("healthchecks", {}) or upstream["healthchecks"]["active"]["http_path"] != "/health/ready":
        wrong.append(f"{name}: nobody asks whether its targets are ready")
for _, service in routes:
    if service["host"] not in upstreams:
        wrong.append(f"{service['name']}: there is no upstream {service['host']}")
for cors in (plugin["config"] for plugin in config["plugins"] if plugin["name"] == "cors"):
    for said, known in zip(("headers", "exposed_headers"), browsers(root)):
        if set(cors[said]) != known:
            wrong.append(f"cors: its {said} are not those of the program: {sorted(set(cors[said]) ^ known)}")
names = [route["name"] for route, _ in routes]
wrong += [f"{name}: two routes of this name" for name in {name for name in names if names.count(name) > 1}]

if wrong:
    sys.exit("\n".join(wrong))
print(f"ok    {len(calls)} calls of the document: each by exactly one of {len(routes)} routes, with its upstream and plugins")
