#!/usr/bin/env python3
"""The server of README.md's examples: lines over TCP, LOGIN, PING and TIME.

    line_server.py PORT
"""

import socketserver
import sys
import time


class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            word = line.split()[:1]
            answer = {b"LOGIN": b"OK", b"PING": b"PONG", b"TIME": time.strftime("%H:%M:%S").encode()}
            self.wfile.write(answer.get(word[0] if word else b"", b"WHAT") + b"\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server(("127.0.0.1", int(sys.argv[1])), Lines) as server:
    server.serve_forever()
