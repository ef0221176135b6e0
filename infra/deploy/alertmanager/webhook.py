"""Receives what Alertmanager sends and writes each alert as a JSON line: a stand-in for a pager, and what the checks listen to."""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        for alert in told["alerts"]:
            line = {"receiver": self.path.strip("/"), "status": alert["status"], **alert["labels"], **alert["annotations"]}
            print(json.dumps(line), flush=True)
        self.send_response(204)
        self.end_headers()

    def do_GET(self):  # for health checks
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9095
    host = sys.argv[2] if len(sys.argv) > 2 else "0.0.0.0"
    ThreadingHTTPServer((host, port), Receiver).serve_forever()
