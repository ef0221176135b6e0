"""Answers /health over TLS on loopback: what the probe of the gateway asks in a check. tls.py PORT CERTIFICATE KEY"""
import http.server
import ssl
import sys


class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Healthy)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
