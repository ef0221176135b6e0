"""A conversation over lines that break: broken_lines.py PORT_OF_THE_PROGRAM PORT_OF_TOXIPROXY PORT_OF_THE_LINE."""
import http.client
import json
import sys
import time

program, control, line = map(int, sys.argv[1:])
MESSAGES = 40


def ask(port, method, path, body=None, token=None, **headers):
    """Status and body; raises what http.client raises when the line breaks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    if token:
        headers["Authorization"] = f"Bearer {token}"
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json", **headers})
        reply = connection.getresponse()
        said = reply.read()
        return reply.status, json.loads(said) if said else None
    finally:
        connection.close()


def done(status, reply):
    status in (200, 201, 204) or sys.exit(f"answered {status}: {reply}")
    return reply


def toxic(kind, stream, **attributes):
    done(*ask(control, "POST", "/proxies/line/toxics", {"name": kind + stream, "type": kind, "stream": stream, "attributes": attributes}))


def healthy():
    done(*ask(control, "POST", "/reset"))


def person(name):
    account = {"email": f"{name}@example.com", "password": "correct-horse-1"}
    done(*ask(program, "POST", "/api/auth/register", {**account, "username": name}))
    session = done(*ask(program, "POST", "/api/auth/login", account))
    return session["user_id"], session["access_token"]


def send(port, content, **headers):
    return ask(port, "POST", "/api/messages", {"room_id": room, "content": content}, ann, **headers)


def frames(last):
    """What one connection brought before it broke: whole frames only, as an EventSource gives them, each with its id."""
    connection = http.client.HTTPConnection("127.0.0.1", line, timeout=5)
    try:
        connection.request("GET", f"/api/messages/stream/{room}", headers={"Authorization": f"Bearer {bob}", "Last-Event-ID": last})
        reply, frame = connection.getresponse(), {}
        while text := reply.readline():
            name, _, value = text.decode().rstrip("\n").partition(":")
            frame[name] = value.strip()
            if text == b"\n":
                yield frame
                frame = {}
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()


def heard():
    """Contents and versions until all messages were heard, and how many connections that took."""
    last, said, connections = first, [], 0
    end = time.monotonic() + 60
    while len(said) < MESSAGES:
        time.monotonic() < end or sys.exit(f"only {len(said)} of {MESSAGES} messages came through, over {connections} connections")
        connections += 1
        for frame in frames(last):
            last = frame.get("id", last)
            if frame.get("event") == "reset":
                sys.exit("the stream was reset")
            if frame.get("event") == "new_message":
                said.append((int(frame["id"]), json.loads(frame["data"])["content"]))
            if len(said) == MESSAGES:
                break
    return said, connections


done(*ask(control, "POST", "/proxies", {"name": "line", "listen": f"127.0.0.1:{line}", "upstream": f"127.0.0.1:{program}"}))
(_, ann), (bob_id, bob) = person("ann"), person("bob")
room = done(*ask(program, "GET", f"/api/chat-rooms/check/{bob_id}", token=ann))["id"]

# Whose answers are lost sends again with the same key: it is said once.
toxic("limit_data", "downstream", bytes=0)
lost = 0
for _ in range(5):
    try:
        send(line, "said once", Idempotency_Key="ann-1")
    except (OSError, http.client.HTTPException):
        lost += 1
healthy()
first = str(done(*send(line, "said once", Idempotency_Key="ann-1"))["version"])
said = done(*ask(program, "GET", f"/api/messages?room_id={room}", token=ann))["messages"]
lost == 5 and [one["content"] for one in said] == ["said once"] or sys.exit(f"{lost} of 5 answers were lost, and the room holds {len(said)} messages")
print("ok    five answers are lost, and it is said once")

# A line that gives way every few kilobytes: what is heard has neither a hole nor a double.
for n in range(MESSAGES):
    done(*send(program, f"message {n}"))
wanted = [(int(first) + 1 + n, f"message {n}") for n in range(MESSAGES)]
toxic("limit_data", "downstream", bytes=4000)
said, connections = heard()
said == wanted or sys.exit(f"heard {said}")
connections >= 4 or sys.exit(f"the line held too well: {connections} connections")
healthy()
print(f"ok    a stream goes on over {connections} connections that break: {len(said)} messages, each once")

# A line that crumbles what it carries, and is slow both ways.
toxic("slicer", "downstream", average_size=40, size_variation=20, delay=200)
toxic("slicer", "upstream", average_size=15, size_variation=5, delay=200)
toxic("latency", "downstream", latency=150, jitter=50)
said, connections = heard()
(said, connections) == (wanted, 1) or sys.exit(f"over {connections} connections heard {said}")
done(*send(line, "crumbs"))
healthy()
print("ok    what comes in crumbs is understood, both ways")
