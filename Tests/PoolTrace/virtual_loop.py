"""A gevent loop in virtual time: when nothing is runnable, the clock jumps to the next timer.

Timers are kept here in place of libev's, in whole microseconds, and fire by (time, priority, order of start), several
of one moment without anything in between, as libev fires them. All else is gevent's own loop.
"""
import heapq

import gevent
from gevent.libev.corecext import loop as LibevLoop


class Timer:
    """What gevent uses of a timer watcher."""

    def __init__(self, loop, after, repeat, ref, priority):
        assert not repeat, "no repeating timer is used here"
        self.loop = loop
        self.after = after
        self.priority = priority or 0
        self.entry = None

    def start(self, callback, *args, update=None):
        self.stop()
        due = self.loop.microseconds + max(0, round(self.after * 1_000_000))
        self.loop.started += 1
        self.entry = [due, -self.priority, self.loop.started, callback, args, self]
        heapq.heappush(self.loop.heap, self.entry)
        self.loop.watch()

    def stop(self):
        if self.entry is not None:
            self.entry[3] = None
            self.entry = None

    def close(self):
        self.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def active(self):
        return self.entry is not None

    @property
    def pending(self):
        return False


class VirtualLoop(LibevLoop):
    def __init__(self, *args, **kwargs):
        self.microseconds = 0
        self.started = 0
        self.heap = []
        self.jumper = None
        self.coincidences = 0
        LibevLoop.__init__(self, *args, **kwargs)

    def timer(self, after, repeat=0.0, ref=True, priority=None):
        return Timer(self, after, repeat, ref, priority)

    def now(self):
        return self.microseconds / 1_000_000

    def watch(self):
        """An idle watcher is called when nothing else is to be done: that is the moment to jump."""
        if self.jumper is None:
            self.jumper = self.idle()
        if not self.jumper.active:
            self.jumper.start(self.jump)

    def jump(self):
        if self._callbacks:
            return
        while self.heap and self.heap[0][3] is None:
            heapq.heappop(self.heap)
        if not self.heap:
            self.jumper.stop()
            return
        self.microseconds = self.heap[0][0]
        due = []
        while self.heap and self.heap[0][0] == self.microseconds:
            due.append(heapq.heappop(self.heap))
        if self.microseconds and sum(entry[3] is not None for entry in due) > 1:
            self.coincidences += 1
        for entry in due:
            callback, args = entry[3], entry[4]
            if callback is not None:
                entry[5].entry = None
                callback(*args)


def install():
    """Before the first hub is made."""
    gevent.config.loop = VirtualLoop
