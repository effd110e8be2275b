"""Runs random programs by gevent, in virtual time, and prints what each step gave.

    python original.py FIRST COUNT PROGRAMS TRACES

writes the programs of COUNT seeds from FIRST to one file, a line each, and their traces to the other.
"""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "PoolTrace"))

import virtual_loop

virtual_loop.install()

import gevent
import gevent.event
import gevent.lock
import gevent.pool
import gevent.queue

import programs


class Failed(Exception):
    pass


class Ordered(dict):
    """A set whose order is that of adding: a group's own has none."""

    def add(self, one):
        self[one] = None

    def discard(self, one):
        self.pop(one, None)


class Run:
    def __init__(self, program):
        self.program = program
        self.lines = []
        self.greenlets = {}
        self.events = [gevent.event.Event() for _ in range(programs.EVENTS)]
        self.results = [gevent.event.AsyncResult() for _ in range(programs.RESULTS)]
        self.semaphores = [gevent.lock.Semaphore(1) for _ in range(programs.SEMAPHORES)]
        self.queues = [gevent.queue.Queue(maxsize=1), gevent.queue.Queue()]
        self.groups = [gevent.pool.Group() for _ in range(programs.GROUPS)]
        for group in self.groups:
            group.greenlets = Ordered()
        self.links = 0
        self.is_over = False
        self.stuck = 0

    def log(self, *parts):
        if not self.is_over:
            self.lines.append(" ".join(str(part) for part in parts))

    def main(self):
        loop = gevent.get_hub().loop
        for step in self.program[0]:
            try:
                self.step(0, step)
            except gevent.exceptions.LoopExit:
                self.log(0, step[0], "LoopExit")
            except (Failed, gevent.GreenletExit, gevent.Timeout) as error:
                self.log(0, step[0], type(error).__name__)
        self.log(0, "end", loop.microseconds // 1000)
        self.is_over = True

    def script(self, k):
        try:
            for step in self.program[k]:
                value = self.step(k, step)
                if value is not None:
                    self.log(k, "returns", value)
                    return value
        except (Failed, gevent.GreenletExit) as error:
            self.log(k, "ends by", type(error).__name__)
            raise
        self.log(k, "ends")
        return None

    def wait(self, k, step, body):
        """Logs what a call that may wait gave."""
        value = body()
        self.log(k, step[0], step[1], value)

    def step(self, k, step):
        name = step[0]
        limit = lambda place: None if step[place] < 0 else step[place] / 1000
        greenlet = None
        if name in ("join", "get", "kill", "killnowait", "link", "linkvalue", "linkerror", "rawlink"):
            greenlet = self.greenlets.get(step[1])
            if greenlet is None:
                self.log(k, name, step[1], "none")
                return None
        if name == "sleep":
            gevent.sleep(step[1] / 1000)
            self.log(k, "slept", step[1])
        elif name == "spawn":
            self.greenlets[step[1]] = gevent.spawn(self.script, step[1])
        elif name == "later":
            self.greenlets[step[2]] = gevent.spawn_later(step[1] / 1000, self.script, step[2])
        elif name == "gspawn":
            self.greenlets[step[2]] = self.groups[step[1]].spawn(self.script, step[2])
        elif name == "join":
            greenlet.join(limit(2))
            self.log(k, name, step[1], str(greenlet.ready()).lower())
        elif name == "get":
            try:
                value = greenlet.get(timeout=limit(2))
            except gevent.Timeout as error:
                if greenlet.ready() or not is_own(error, limit(2)):
                    raise
                self.log(k, name, step[1], "timeout")
            except Failed:
                self.log(k, name, step[1], "failed")
            else:
                self.log(k, name, step[1], "exit" if isinstance(value, gevent.GreenletExit) else value)
        elif name == "kill":
            greenlet.kill(timeout=limit(2))
            self.log(k, name, step[1], str(greenlet.dead).lower())
        elif name == "killnowait":
            greenlet.kill(block=False)
        elif name == "raise":
            raise Failed
        elif name == "return":
            return step[1]
        elif name in ("link", "linkvalue", "linkerror", "rawlink"):
            self.links += 1
            number = self.links
            callback = lambda source: self.log("link", number, "of", step[1], str(source.successful()).lower())
            {"link": greenlet.link, "linkvalue": greenlet.link_value, "linkerror": greenlet.link_exception,
             "rawlink": greenlet.rawlink}[name](callback)
        elif name == "set":
            self.events[step[1]].set()
        elif name == "clear":
            gevent.sleep(step[2] / 1000)
            self.events[step[1]].clear()
        elif name == "wait":
            event = self.events[step[1]]
            self.log(k, name, step[1], str(bool(self.noticing_hangs(event, lambda: event.wait(limit(2))))).lower())
        elif name == "setvalue":
            self.results[step[1]].set(step[2])
        elif name == "seterror":
            self.results[step[1]].set_exception(Failed())
        elif name in ("getresult", "waitresult"):
            result = self.results[step[1]]
            try:
                if name == "getresult":
                    value = result.get(timeout=limit(2))
                else:
                    value = self.noticing_hangs(result, lambda: result.wait(limit(2)))
            except gevent.Timeout as error:
                if not is_own(error, limit(2)):
                    raise
                self.log(k, name, step[1], "timeout")
            except Failed:
                self.log(k, name, step[1], "failed")
            else:
                self.log(k, name, step[1], value)
        elif name == "acquire":
            self.log(k, name, step[1], str(self.semaphores[step[1]].acquire(timeout=limit(2))).lower())
        elif name == "tryacquire":
            self.log(k, name, step[1], str(self.semaphores[step[1]].acquire(blocking=False)).lower())
        elif name == "release":
            self.semaphores[step[1]].release()
        elif name == "put":
            try:
                self.queues[step[1]].put(step[2], timeout=limit(3))
                self.log(k, name, step[1], "done")
            except gevent.queue.Full:
                self.log(k, name, step[1], "full")
        elif name == "take":
            try:
                self.log(k, name, step[1], self.queues[step[1]].get(timeout=limit(2)))
            except gevent.queue.Empty:
                self.log(k, name, step[1], "empty")
        elif name == "putnowait":
            try:
                self.queues[step[1]].put_nowait(step[2])
                self.log(k, name, step[1], "done")
            except gevent.queue.Full:
                self.log(k, name, step[1], "full")
        elif name == "takenowait":
            try:
                self.log(k, name, step[1], self.queues[step[1]].get_nowait())
            except gevent.queue.Empty:
                self.log(k, name, step[1], "empty")
        elif name == "taskdone":
            if self.queues[step[1]].unfinished_tasks > 0:
                self.queues[step[1]].task_done()
        elif name == "joinqueue":
            self.log(k, name, step[1], str(self.queues[step[1]].join(limit(2))).lower())
        elif name == "timeout":
            timeout = gevent.Timeout(step[1] / 1000)
            try:
                with timeout:
                    for inner in step[2]:
                        value = self.step(k, inner)
                        if value is not None:
                            return value
            except gevent.Timeout as error:
                if error is not timeout:
                    raise
                self.log(k, "timeout", step[1])
        elif name == "catch":
            try:
                for inner in step[1]:
                    value = self.step(k, inner)
                    if value is not None:
                        return value
            except (Failed, gevent.GreenletExit) as error:
                self.log(k, "caught", type(error).__name__)
        elif name == "finally":
            try:
                for inner in step[1]:
                    value = self.step(k, inner)
                    if value is not None:
                        return value
            finally:
                self.log(k, "finally")
        elif name == "joingroup":
            self.log(k, name, step[1], str(self.groups[step[1]].join(limit(2))).lower())
        elif name == "killgroup":
            self.groups[step[1]].kill(timeout=limit(2))
            self.log(k, name, step[1])
        elif name in ("joinall", "killall"):
            chosen = [self.greenlets[other] for other in step[1] if other in self.greenlets and other != k]
            if name == "joinall":
                ready = gevent.joinall(chosen, timeout=limit(2))
                self.log(k, name, len(ready))
            else:
                try:
                    gevent.killall(chosen, timeout=limit(2))
                    self.log(k, name, "done")
                except gevent.Timeout as error:
                    if not is_own(error, limit(2)):
                        raise
                    self.log(k, name, "timeout")
        elif name == "waitfor":
            objects = [self.waitable(one) for one in step[1]]
            objects = [one for one in objects if one is not None]
            ready = gevent.wait(objects, timeout=limit(2), count=None if step[3] < 0 else step[3]) if objects else []
            self.log(k, name, *[self.name_of(one, step[1]) for one in ready])
        else:
            raise AssertionError(name)
        return None

    def noticing_hangs(self, waitable, wait):
        """gevent forgets who waits for what is ready if the last link goes away meanwhile: that is not to be copied."""
        was_ready = waitable.ready()
        self.stuck += was_ready
        value = wait()
        self.stuck -= was_ready
        return value

    def waitable(self, one):
        kind, number = one
        if kind == "greenlet":
            return self.greenlets.get(number)
        return (self.events if kind == "event" else self.results)[number]

    def name_of(self, found, names):
        for kind, number in names:
            if self.waitable([kind, number]) is found:
                return kind + str(number)
        return "?"


def is_own(error, limit):
    """Whether it is the call's own timeout, and none around it: no two are equal."""
    return limit is not None and abs((error.seconds or 0) - limit) < 1e-9


def trace(program):
    """Runs it in a process of its own, so that nothing of one is left in the next."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        gevent.get_hub().exception_stream = None
        run = Run(program)
        run.main()
        with os.fdopen(writing, "w") as file:
            file.write("hangs" if run.stuck else "\n".join(run.lines))
            file.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        lines = file.read()
    _, status = os.waitpid(child, 0)
    return lines if status == 0 else "gevent ended with status %d" % status


def main():
    first, count = int(sys.argv[1]), int(sys.argv[2])
    with open(sys.argv[3], "w") as texts, open(sys.argv[4], "w") as traces:
        for seed in range(first, first + count):
            program = programs.make(seed)
            lines = trace(program)
            if lines != "hangs":
                texts.write("%d %s\n" % (seed, programs.text(program)))
                traces.write("seed %d\n%s\n" % (seed, lines))


main()
