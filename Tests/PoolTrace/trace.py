"""Runs the scenarios against geventconnpool itself, in virtual time, and prints what happened and when, as JSON.

    python trace.py scenarios.json > original.json
    python trace.py --random SEED COUNT FOLDER     # writes both files, of random scenarios, into the folder

Needs gevent and geventconnpool from PyPI. The latter is for Python 2: what it misses is put back before its module is
loaded, past its package, whose import is one of Python 2 too.
"""
import builtins
import importlib.util
import json
import os
import sys

import random_scenarios
import virtual_loop

virtual_loop.install()

import gevent
import gevent.lock

sys.modules["gevent.coros"] = gevent.lock
builtins.xrange = range

from gevent import socket

package = importlib.util.find_spec("geventconnpool").submodule_search_locations[0]
spec = importlib.util.spec_from_file_location("original", os.path.join(package, "pool.py"))
original = importlib.util.module_from_spec(spec)
spec.loader.exec_module(original)


class Subclass(socket.error):
    pass


class Listed(Exception):
    pass


class Other(Exception):
    pass


ERRORS = {"socket": socket.error, "subclass": Subclass, "listed": Listed, "other": Other}


def name_of(error):
    if isinstance(error, gevent.Timeout):
        return "timeout"
    if isinstance(error, gevent.GreenletExit):
        return "killed"
    return {v: k for k, v in ERRORS.items()}.get(type(error), type(error).__name__)


class Connection:
    """Answers requests in order; who leaves without its answer leaves it to the next."""

    def __init__(self, number, is_empty):
        self.number = number
        self.is_empty = is_empty
        self.replies = []

    def __bool__(self):
        return not self.is_empty


class Run:
    def __init__(self, scenario):
        self.scenario = scenario
        self.events = []
        self.callers = {}
        self.connects = list(scenario.get("connects", []))
        self.keepalives = list(scenario.get("keepalives", []))
        self.made = 0
        self.raised = {}
        self.hub = gevent.get_hub()
        self.start = self.hub.loop.microseconds

    def say(self, what):
        microseconds = self.hub.loop.microseconds - self.start
        assert microseconds % 1000 == 0, "between two ticks"
        self.events.append("%d %s" % (microseconds // 1000, what))

    def outcome(self, queue, what):
        """What the scenario has for this hook: how long it takes, what comes of it."""
        outcome = queue.pop(0) if queue else {}
        gives = outcome.get("gives", "ok")
        if outcome.get("takes"):
            gevent.sleep(outcome["takes"] / 1000)
        if gives != "ok":
            self.say("%s: %s" % (what, gives))
        if gives in ERRORS:
            raise ERRORS[gives]("made up")
        return gives

    def make_pool(self):
        run = self

        class Pool(original.ConnectionPool):
            SPAWN_FREQUENCY = run.scenario.get("frequency", 100) / 1000

            def _new_connection(self):
                run.made += 1
                number = run.made
                run.say("connect %d" % number)
                gives = run.outcome(run.connects, "connect %d" % number)
                if gives == "none":
                    return None
                return Connection(number, is_empty=gives == "empty")

            def _keepalive(self, c):
                run.say("keepalive %d" % c.number)
                run.outcome(run.keepalives, "keepalive %d" % c.number)

        keepalive = self.scenario.get("keepalive")
        return Pool(
            self.scenario["size"],
            exc_classes=[ERRORS[name] for name in self.scenario.get("listed", ["socket"])],
            keepalive=keepalive and keepalive / 1000)

    # What a caller does.

    def perform(self, name, steps, connection):
        for step in steps:
            self.perform_one(name, step, connection)

    def perform_one(self, name, step, connection):
        for _ in range(step.get("times", 1)):
            if "get" in step:
                self.say("%s asks" % name)
                with self.pool.get() as c:
                    self.say("%s has %d" % (name, c.number))
                    self.perform(name, step["get"], c)
                self.say("%s is through with %d" % (name, c.number))
            elif "sleep" in step:
                gevent.sleep(step["sleep"] / 1000)
            elif "raise" in step:
                if "first" in step:
                    self.raised[step["id"]] = self.raised.get(step["id"], 0) + 1
                    if self.raised[step["id"]] > step["first"]:
                        continue
                raise ERRORS[step["raise"]]("made up")
            elif "request" in step:
                connection.replies.append(step["request"])
            elif "answer" in step:
                self.say("%s is answered %s" % (name, connection.replies.pop(0)))
            elif "within" in step:
                with gevent.Timeout(step["within"] / 1000):
                    self.perform(name, step["do"], connection)
            elif "kill" in step:
                self.callers[step["kill"]].kill()
            elif "catch" in step:
                try:
                    self.perform(name, step["catch"], connection)
                except Exception as error:
                    self.say("%s catches %s" % (name, name_of(error)))
            elif "retry" in step:
                options = {}
                if "failures" in step:
                    options["max_failures"] = step["failures"]
                if "interval" in step:
                    options["interval"] = step["interval"] / 1000
                if "on" in step:
                    options["exc_classes"] = [ERRORS[one] for one in step["on"]]

                def attempt():
                    self.say("%s tries" % name)
                    self.perform(name, step["retry"], connection)

                original.retry(attempt, **options)()
            else:
                raise ValueError("no such step: %r" % step)

    def call(self, caller):
        name = caller["name"]
        try:
            self.perform(name, caller["does"], None)
            self.say("%s ends" % name)
        except BaseException as error:
            self.say("%s ends: %s" % (name, name_of(error)))

    def run(self):
        self.hub.handle_error = lambda *_: None
        self.pool = self.make_pool()
        for caller in self.scenario.get("callers", []):
            greenlet = gevent.spawn_later(caller.get("at", 0) / 1000, self.call, caller)
            self.callers[caller["name"]] = greenlet
        gevent.sleep(self.scenario["until"] / 1000)
        self.say("idle %d" % len(self.pool.conn))
        return self.events


def run_alone(scenario):
    """On a hub of its own: the original's pools cannot be stopped. Also how often two timers fired at once."""
    import threading

    result = []

    def run():
        events = Run(scenario).run()
        result.extend([events, gevent.get_hub().loop.coincidences])

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result


def make_random(seed, count, folder):
    maker = random_scenarios.Maker(seed)
    scenarios, traces = [], {}
    while len(scenarios) < count:
        scenario = maker.scenario("random %d of seed %d" % (len(scenarios) + 1, seed))
        events, coincidences = run_alone(scenario)
        if not coincidences:
            scenarios.append(scenario)
            traces[scenario["name"]] = events
    for name, value in (("scenarios", scenarios), ("original", traces)):
        with open(os.path.join(folder, name + ".json"), "w") as file:
            json.dump(value, file)


def main():
    if sys.argv[1] == "--random":
        return make_random(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    with open(sys.argv[1]) as file:
        scenarios = json.load(file)
    traces = {one["name"]: run_alone(one)[0] for one in scenarios}
    assert len(traces) == len(scenarios), "two scenarios have one name"
    json.dump(traces, sys.stdout, indent=1)
    print()


main()
