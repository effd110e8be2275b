"""gevent on the workloads of `bench`: `peer.py NAME` prints what one operation took, in nanoseconds of CPU time."""

import sys
import time

import gevent
from gevent.event import AsyncResult  # noqa: F401  (imported so that its cost is not measured)
from gevent.lock import Semaphore
from gevent.queue import Channel, Queue


def yielding(greenlets, yields=200_000):
    def work():
        for _ in range(yields // greenlets):
            gevent.sleep(0)

    gevent.joinall([gevent.spawn(work) for _ in range(greenlets)])
    return yields


def nothing():
    pass


def spawn():
    gevent.joinall([gevent.spawn(nothing) for _ in range(20_000)])
    return 20_000


def spawn_one():
    for _ in range(20_000):
        gevent.spawn(nothing).join()
    return 20_000


def semaphore():
    permits = Semaphore(10)

    def work():
        for _ in range(1_000):
            permits.acquire()
            gevent.sleep(0)
            permits.release()

    gevent.joinall([gevent.spawn(work) for _ in range(100)])
    return 100_000


def semaphore_free():
    permits = Semaphore(10)
    for _ in range(500_000):
        permits.acquire()
        permits.release()
    return 500_000


def queue():
    items = Queue(100)

    def produce():
        for number in range(200_000):
            items.put(number)

    producer = gevent.spawn(produce)
    assert sum(items.get() for _ in range(200_000)) == 200_000 * 199_999 // 2
    producer.join()
    return 200_000


def channel():
    there, back = Channel(), Channel()

    def player():
        for _ in range(20_000):
            back.put(there.get())

    other = gevent.spawn(player)
    for number in range(20_000):
        there.put(number)
        back.get()
    other.join()
    return 40_000


def timers():
    gevent.joinall([gevent.spawn(gevent.sleep, i * 7_919 % 100_000 * 1e-5) for i in range(100_000)])
    return 1


def timeout():
    for _ in range(100_000):
        with gevent.Timeout(10):
            pass
    return 100_000


WORKLOADS = {
    "switch": lambda: yielding(2),
    "switch-many-1000": lambda: yielding(1_000),
    "spawn": spawn,
    "spawn-one": spawn_one,
    "semaphore": semaphore,
    "semaphore-free": semaphore_free,
    "queue": queue,
    "channel": channel,
    "timers": timers,
    "timeout": timeout,
}

name = sys.argv[1] if len(sys.argv) > 1 else ""
if name not in WORKLOADS:
    sys.exit(f"no workload {name}")
WORKLOADS[name]()
start = time.thread_time_ns()
operations = WORKLOADS[name]()
print((time.thread_time_ns() - start) / operations)
