"""What the program is, as several checks need it: read from its source, and the ports that the documents promise."""
import re

# A service of compose.yaml, and a Deployment: what it listens on.
PORTS = {"user": 8005, "friend": 8003, "chat": 8002, "notification": 8004, "relay": 8009, "projector": 8009}

# API.md's table of contexts, said again so that files are held against it and not against each other.
CONTEXTS = {
    "user": ("/api/auth", "/api/users", "/api/profile", "/api/online-status"),
    "friend": ("/api/friends",),
    "chat": ("/api/chat-rooms", "/api/messages"),
    "notification": ("/api/notifications",),
}
# Of the document, and for nobody outside.
HIDDEN = {"/metrics", "/health/ready"}


def context_of(path):
    """None where it belongs to no context."""
    owners = (name for name, prefixes in CONTEXTS.items() if any(path == prefix or path.startswith(prefix + "/") for prefix in prefixes))
    return next(owners, None)


def settings(root):
    """The variables that the program knows."""
    tables = [root / "infra/src/config/keys.rs", *(root / "infra/src/config/keys").glob("*.rs")]
    names = {name for table in tables for name in re.findall(r'names!\("[a-z_]+", "[a-z-]+", "([A-Z_]+)"\)', table.read_text())}
    return {f"CHAT_{name}" for name in names} | {"CHAT_CONFIG"}


def metrics(root):
    """The metrics that the program registers: `chat_` goes before each, counters get `_total`."""
    files = (root / "infra/src/telemetry").glob("*.rs")
    return {"chat_" + name for path in files for name in re.findall(r'register\(\s*"([a-z_]+)"', path.read_text())}


def rate(root, name):
    """The default of a limit, `5/s:200`: so many a second, and so many at once."""
    text = (root / "infra/src/config/keys/edge.rs").read_text()
    a_second, at_once = re.search(rf'names!\("{name}", .*?"(\d+)/s:(\d+)"', text, re.S).groups()
    return int(a_second), int(at_once)


def browsers(root):
    """Headers that other origins may send, and those that they are shown."""
    text = (root / "infra/src/http/cors.rs").read_text()
    found = (re.search(rf'const {name}: HeaderValue = HeaderValue::from_static\(\s*"([^"]+)"', text) for name in ("SENT", "SHOWN"))
    return tuple(set(one.group(1).split(", ")) for one in found)
