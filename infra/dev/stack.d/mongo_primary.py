"""Makes the only member of a MongoDB replica set its primary, and exits with 0 once it is.

The wheel that brings mongod brings no shell, and this needs two commands only: they are spoken in BSON over OP_MSG.
"""
import socket
import struct
import sys


def bson(document):
    body = b""
    for name, value in document.items():
        key = name.encode() + b"\0"
        if isinstance(value, str):
            text = value.encode() + b"\0"
            body += b"\x02" + key + struct.pack("<i", len(text)) + text
        elif isinstance(value, int):
            body += b"\x10" + key + struct.pack("<i", value)
        elif isinstance(value, list):
            body += b"\x04" + key + bson({str(i): one for i, one in enumerate(value)})
        else:
            body += b"\x03" + key + bson(value)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def ask(host, port, command):
    with socket.create_connection((host, port), timeout=5) as connection:
        body = struct.pack("<I", 0) + b"\0" + bson({**command, "$db": "admin"})
        connection.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, 2013) + body)
        answer = b""
        while len(answer) < 4 or len(answer) < struct.unpack("<i", answer[:4])[0]:
            more = connection.recv(65536)
            if not more:
                break
            answer += more
        return answer


host, port = sys.argv[1], int(sys.argv[2])
try:
    if b"isWritablePrimary\0\x01" in ask(host, port, {"hello": 1}):
        sys.exit(0)
    ask(host, port, {"replSetInitiate": {"_id": "rs0", "members": [{"_id": 0, "host": f"{host}:{port}"}]}})
except OSError:
    pass
sys.exit(1)
