#!/usr/bin/env python3
"""Looks whether the articles of names have each name of gevent's API: run it by a Python that has gevent."""

import pathlib
import re
import sys

import gevent
import gevent._config
import gevent.event
import gevent.events
import gevent.exceptions
import gevent.fileobject
import gevent.hub
import gevent.lock
import gevent.os
import gevent.pool
import gevent.queue
import gevent.select
import gevent.selectors
import gevent.server
import gevent.signal
import gevent.socket
import gevent.subprocess
import gevent.threadpool
import gevent.timeout
import gevent.util
import greenlet

# Public by their names, and of use inside gevent only.
INTERNAL = set("""
    cancel_waits_close_and_then ident_registry loop_class resolver_class switch_out threadpool_class
    getters putters fork_watcher manager task_queue pipe_cloexec
    do_close do_handle do_read get_listener init_socket is_fatal_error ssl_enabled wrap_socket_and_handle
    fork_gevent forkpty_gevent forkpty_and_watch
    WatcherType backend_int error_handler origflags origflags_int ptr reset_sigchld sig_pending sigfd
""".split())


def own(cls, base=object):
    return [name for name in dir(cls) if name not in dir(base)]


def api():
    loop = gevent.get_hub().loop
    yield "gevent", gevent.__all__
    yield "Greenlet", own(gevent.Greenlet, greenlet.greenlet)
    yield "Hub", own(gevent.hub.Hub, greenlet.greenlet)
    yield "Timeout", own(gevent.Timeout, BaseException)
    for module in [gevent.exceptions, gevent.lock, gevent.queue, gevent.timeout, gevent.select, gevent.selectors,
                   gevent.signal, gevent.subprocess, gevent.threadpool, gevent.util, gevent.fileobject]:
        yield module.__name__, module.__all__
    # Constants and errors are the system's; of the events the interfaces repeat the names.
    yield "gevent.socket", [name for name in gevent.socket.__all__ if name[0].islower()]
    yield "gevent.events", [name for name in gevent.events.__all__ if "Patch" not in name and name[:2] != "IM"
                            and name[:2] != "IE" and name[:2] != "IP"]
    yield "gevent.os", gevent.os.__extensions__
    yield "gevent.config", gevent._config.config.settings
    for cls in [gevent.event.Event, gevent.event.AsyncResult, gevent.lock.Semaphore, gevent.lock.RLock,
                gevent.queue.Queue, gevent.queue.Channel, gevent.pool.Group, gevent.pool.Pool, gevent.socket.socket,
                gevent.server.StreamServer, gevent.server.DatagramServer, gevent.threadpool.ThreadPool,
                gevent.subprocess.Popen, type(loop), type(loop.io(0, 1)), type(loop.timer(1)), type(loop.stat("/")),
                type(loop.child(1))]:
        yield cls.__name__, own(cls)


def main():
    pages = ["Sources/Gevent/Gevent.docc/NamesOfGevent.md", "Sources/GeventTLS/GeventTLS.docc/NamesOfSSL.md"]
    words = set(re.findall(r"\w+", "".join(pathlib.Path(page).read_text() for page in pages)))
    good = True
    for place, names in api():
        missing = [n for n in names if not n.startswith("_") and n not in words and n not in INTERNAL]
        if missing:
            print("BAD ", f"NamesOfGevent.md says nothing of {place}'s {', '.join(sorted(missing))}")
            good = False
    if good:
        print("ok   NamesOfGevent.md tells of every name of gevent's")
    sys.exit(0 if good else 1)


main()
