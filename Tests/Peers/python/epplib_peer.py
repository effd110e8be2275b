"""EPPLib on threads, which is what manage.get.gov's wrapper is made of: 20 callers share 10 sessions.

    epplib_peer.py epp-pool PORT AUTHORITY CERTIFICATE KEY CLIENT_ID    the password on standard input

Prints what a check took, in nanoseconds of the process's CPU time, and how many a second there were.
"""

import os
import queue
import sys
import threading
import time

from epplib import constants

# As the registry has them; EPPLib's own are its author's registry's. Before anything else of it is loaded.
constants.NAMESPACE.NIC_DOMAIN = "urn:ietf:params:xml:ns:domain-1.0"
constants.SCHEMA_LOCATION.NIC_DOMAIN = "urn:ietf:params:xml:ns:domain-1.0 domain-1.0.xsd"

from epplib.client import Client  # noqa: E402
from epplib.commands import CheckDomain, Login  # noqa: E402
from epplib.transport import SocketTransport  # noqa: E402

CALLERS, SESSIONS, COMMANDS = 20, 10, 200


def session(port, certificate, key, client_id, password):
    client = Client(SocketTransport("localhost", port, cert_file=certificate, key_file=key))
    client.connect()
    login = Login(client_id, password, [constants.NAMESPACE.NIC_DOMAIN])
    if client.send(login).code != 1000:
        sys.exit("the registry lets nobody in")
    return client


def main(name="", port="0", authority="", certificate="", key="", client_id=""):
    if name != "epp-pool":
        return 64
    # EPPLib asks for Python's default context, which trusts what this names.
    os.environ["SSL_CERT_FILE"] = authority
    password = sys.stdin.readline().strip()
    sessions = queue.SimpleQueue()
    for _ in range(SESSIONS):
        sessions.put(session(int(port), certificate, key, client_id, password))
    failures = []

    def work():
        for _ in range(COMMANDS):
            client = sessions.get()
            if client.send(CheckDomain(["example.gov"])).code != 1000:
                failures.append(1)
            sessions.put(client)

    def round():
        callers = [threading.Thread(target=work) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()

    round()
    wall, processor = time.perf_counter(), time.process_time_ns()
    round()
    wall, processor = time.perf_counter() - wall, time.process_time_ns() - processor
    if failures:
        print(len(failures), "checks failed", file=sys.stderr)
        return 1
    print("epp-pool", processor / (CALLERS * COMMANDS))
    print("epp-pool-rate", CALLERS * COMMANDS / wall)


sys.exit(main(*sys.argv[1:]))
