"""What an image says of itself: image.py INSPECTED, as `docker image inspect` prints it."""

import json
import sys

[image] = json.load(open(sys.argv[1]))
config, faults = image["Config"], []
if config["User"] != "65532:65532":
    faults.append(f"it runs as {config['User'] or 'root'}")
if config.get("Healthcheck", {}).get("Test") != ["CMD", "/usr/local/bin/bigtech-chat", "health"]:
    faults.append("its health is not asked of the binary")
for name in ("title", "description", "source", "licenses", "version", "revision", "created"):
    if not config["Labels"].get(f"org.opencontainers.image.{name}"):
        faults.append(f"it has no label {name}")
# The small base image has 10 MB of libraries.
MOST = 150_000_000
if image["Size"] > MOST:
    faults.append(f"it has {image['Size']} bytes, more than {MOST}")
for fault in faults:
    print(f"the image: {fault}", file=sys.stderr)
if faults:
    sys.exit(1)
print(f"ok    the image is built: {image['Size'] / 1e6:.0f} MB, as user 65532, its health asked of the binary itself")
