"""What the gevent peer does over the network, and geventconnpool."""

import builtins
import importlib.util
import os
import resource
import sys
import time

import gevent
import gevent.lock
from gevent import socket, ssl
from gevent.server import StreamServer


def more_descriptors():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def pool(connect):
    """A full pool of ten of geventconnpool's, which is for Python 2: what it misses is put back before its module is
    loaded, past its package, whose import is one of Python 2 too."""
    package = importlib.util.find_spec("geventconnpool")
    if not package:
        sys.exit("no geventconnpool")
    sys.modules["gevent.coros"] = gevent.lock
    builtins.xrange = range
    place = os.path.join(package.submodule_search_locations[0], "pool.py")
    spec = importlib.util.spec_from_file_location("geventconnpool_pool", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    class Pool(module.ConnectionPool):
        SPAWN_FREQUENCY = 0

        def _new_connection(self):
            return connect()

    made = Pool(10)
    while len(made.conn) < 10:
        gevent.sleep(0.001)
    return made


def echo():
    more_descriptors()

    def answer(connection, _):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while data := connection.recv(4096):
                connection.sendall(data)
        except OSError:
            pass  # the load ends with requests under way

    server = StreamServer(("127.0.0.1", 0), answer, backlog=4096)
    server.start()
    print(server.server_port, flush=True)
    gevent.os.make_nonblocking(0)
    while gevent.os.nb_read(0, 4096):
        pass


def load(port, connections, milliseconds):
    more_descriptors()
    exchanges = 0

    def ask(connection):
        nonlocal exchanges
        request = b"x" * 64
        while True:
            connection.sendall(request)
            missing = 64
            while missing:
                got = len(connection.recv(4096))
                if not got:
                    os._exit(1)
                missing -= got
            exchanges += 1

    for _ in range(connections):
        connection = socket.socket()
        connection.connect(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        gevent.spawn(ask, connection)
    gevent.sleep(milliseconds / 2e3)
    before, start = exchanges, time.thread_time_ns()
    print("begin", flush=True)
    gevent.sleep(milliseconds / 1e3)
    print(exchanges - before, time.thread_time_ns() - start, flush=True)
    os._exit(0)


def secured(name, port, authority):
    """A round of the named workload, None where there is no such one."""
    # Not ssl.create_default_context, which makes the standard library's context: its sockets block the loop.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(authority)

    def dial():
        # By the address: a name would go through gevent's thread pool.
        plain = socket.socket()
        plain.connect(("127.0.0.1", int(port)))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return context.wrap_socket(plain, server_hostname="localhost")

    def command(connection):
        connection.sendall(b"CHECK domain example-000000.test with some padding to 64 b\n")
        while not connection.recv(4096).endswith(b"\n"):
            pass

    def connects():
        for _ in range(200):
            connection = dial()
            command(connection)
            command(connection)
            connection.close()
        return 200

    def commands():
        def work():
            for _ in range(500):
                with connections.get() as connection:
                    command(connection)

        gevent.joinall([gevent.spawn(work) for _ in range(20)], raise_error=True)
        return 10_000

    if name == "tls-connect":
        return connects
    if name == "tls-pool":
        connections = pool(dial)
        return commands
    return None
