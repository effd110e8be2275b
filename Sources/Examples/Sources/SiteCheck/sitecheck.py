"""Follows the links of a site, three pages at a time, and says what it found when SIGTERM comes."""
import signal
from collections import Counter

import gevent
from gevent import socket
from gevent.event import Event
from gevent.pool import Pool
from gevent.queue import Queue
from gevent.server import StreamServer

SITE = {
    "/": "200 /a /b /slow",
    "/a": "200 / /b /c",
    "/b": "404",
    "/c": "200 /hang /d",
    "/slow": "200 /d /e",
    "/d": "500",
}


def serve(sock, address):
    path = sock.makefile().readline().strip()
    gevent.sleep({"/slow": 0.1, "/hang": 60}.get(path, 0))
    sock.sendall((SITE.get(path, "404") + "\n").encode())


def fetch(path):
    sock = socket.create_connection(server.address, timeout=5)
    try:
        sock.sendall((path + "\n").encode())
        return sock.makefile().readline().split()
    finally:
        sock.close()


def check(path):
    global busy, peak
    busy += 1
    peak = max(peak, busy)
    links = []
    try:
        with gevent.Timeout(0.5):
            results[path], *links = fetch(path)
    except gevent.Timeout:
        results[path] = "timeout"
    except Exception as error:
        results[path] = type(error).__name__
    finally:
        busy -= 1
        for link in links:
            if link not in seen:
                seen.add(link)
                pages.put(link)
        pages.task_done()


def crawl():
    for path in pages:
        pool.spawn(check, path)


server = StreamServer(("127.0.0.1", 0), serve)
server.start()
pages, pool, stop = Queue(), Pool(3), Event()
results, seen, busy, peak = {}, {"/"}, 0, 0
gevent.signal_handler(signal.SIGTERM, stop.set)

crawler = gevent.spawn(crawl)
pages.put("/")
print("all seen" if pages.join(timeout=10) else "gave up", flush=True)
stop.wait()
crawler.kill()
server.stop()
for path in sorted(results):
    print(path, results[path])
counts = sorted(Counter(results.values()).items())
print(", ".join("%s: %d" % count for count in counts), "at most", peak, "at a time")
