"""gevent on the workloads of `bench`, and geventconnpool on those of the pool.

    peer.py NAME                        one round; prints what one operation took, in nanoseconds of CPU time, or a
                                        line `NAME VALUE` for each of its figures
    peer.py NAME PORT AUTHORITY         the same over TLS: the server's port, the certificate to trust
    peer.py echo                        an echo server; prints its port; ends when its input does
    peer.py load PORT CONNECTIONS MS    sends 64 bytes over each connection and again when they have come back; prints
                                        `begin` after half the time to warm up, then how often in the time, and the
                                        nanoseconds of CPU time it took
"""

import statistics
import sys
import time

import gevent
import network
from gevent.event import Event
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


crowd = []


def timeout_among_others():
    # In the round that warms up.
    while len(crowd) < 100_000:
        crowd.append(gevent.Timeout.start_new(1_000 + len(crowd) % 1_000))
    return timeout()


def sleep_precision():
    late = []
    for _ in range(200):
        start = time.perf_counter()
        gevent.sleep(0.0001)
        late.append((time.perf_counter() - start - 0.0001) * 1e9)
    print(statistics.median(late))


def status(field):
    """Bytes, of a line of /proc/self/status."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))


def live():
    count, parked, event = 1_000_000, 0, Event()

    def wait():
        nonlocal parked
        parked += 1
        event.wait()
        parked -= 1

    resident, tables, start = status("VmRSS:"), status("VmPTE:"), time.thread_time_ns()
    for _ in range(count):
        gevent.spawn(wait)
    while parked < count:
        gevent.sleep(0)
    print("live-park", (time.thread_time_ns() - start) / count)
    print("live-bytes", (status("VmRSS:") - resident) / count)
    print("live-page-tables", (status("VmPTE:") - tables) / count)
    start = time.thread_time_ns()
    event.set()
    while parked:
        gevent.sleep(0)
    print("live-wake", (time.thread_time_ns() - start) / count)


def pool():
    connections = network.pool(object)
    for _ in range(200_000):
        with connections.get():
            pass
    return 200_000


def pool_contended():
    connections = network.pool(object)

    def work():
        for _ in range(1_000):
            with connections.get():
                gevent.sleep(0)

    gevent.joinall([gevent.spawn(work) for _ in range(100)], raise_error=True)
    return 100_000


WORKLOADS = {
    "switch": lambda: yielding(2),
    "switch-many-1000": lambda: yielding(1_000),
    "switch-many-10000": lambda: yielding(10_000),
    "spawn": spawn,
    "spawn-one": spawn_one,
    "semaphore": semaphore,
    "semaphore-free": semaphore_free,
    "queue": queue,
    "channel": channel,
    "timers": timers,
    "timeout": timeout,
    "timeout-among-100000": timeout_among_others,
    "pool": pool,
    "pool-contended": pool_contended,
}
# Rounds whose figures are not the CPU time of an operation: they print themselves.
OTHERS = {"live": live, "sleep-precision": sleep_precision, "echo": network.echo}


def main(name="", *words):
    if name == "load":
        return network.load(*map(int, words))
    if name in OTHERS:
        return OTHERS[name]()
    work = network.secured(name, *words) if words else WORKLOADS.get(name)
    if not work:
        print("no workload", name, file=sys.stderr)
        return 64
    work()
    start = time.thread_time_ns()
    operations = work()
    print((time.thread_time_ns() - start) / operations)


sys.exit(main(*sys.argv[1:]))
