"""Random programs of greenlets, as nested lists and as text.

A program is a list of scripts; a script is a list of steps; script 0 is the main greenlet's. Each other script is run
by one greenlet, which is spawned in one place. Steps name greenlets by their script's number.

All times are in milliseconds: sleeps in tens, timeouts with a remainder of their own, so that a timeout never falls
together with what it waits for (there the two differ on purpose: see MIGRATION.md).
"""
import random

EVENTS, RESULTS, SEMAPHORES, QUEUES, GROUPS = 2, 2, 2, 2, 2


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.scripts = []
        self.remainder = 0

    def program(self):
        count = self.random.randint(3, 9)
        self.unspawned = list(range(1, count))
        self.count = count
        self.scripts = [None] * count
        for number in range(count):
            self.scripts[number] = self.steps(number, self.random.randint(2, 7), 0)
        # What no script spawned is spawned by the main one, first.
        self.scripts[0] = [["spawn", k] for k in self.unspawned] + self.scripts[0]
        self.scripts[0] += [["sleep", 100_000]]
        return self.scripts

    def timeout(self):
        """In ms; -1: none. No two of a program are equal."""
        if self.random.random() < 0.5:
            return -1
        return self.random.randint(0, 6) * 1_000 + self.own_delay()

    def own_delay(self):
        """So long that nobody is just being woken: an event that is cleared before is another difference on purpose."""
        self.remainder += 1
        return self.remainder

    def delay(self):
        return self.random.choice([0, 0, 1_000, 1_000, 2_000, 3_000])

    def other(self):
        return self.random.randrange(1, self.count)

    def others(self):
        return self.random.sample(range(1, self.count), self.random.randint(1, min(3, self.count - 1)))

    def waitable(self):
        return self.random.choice([
            ["greenlet", self.other()], ["event", self.random.randrange(EVENTS)],
            ["result", self.random.randrange(RESULTS)]])

    def waitables(self):
        """Each once: the original calls a link that stands twice in a list once."""
        found = []
        for one in (self.waitable() for _ in range(self.random.randint(1, 3))):
            if one not in found:
                found.append(one)
        return found

    def steps(self, script, count, depth):
        return [self.step(script, depth) for _ in range(count)]

    def step(self, script, depth):
        r = self.random
        later = [k for k in self.unspawned if k > script]
        if later and r.random() < 0.35:
            k = r.choice(later)
            self.unspawned.remove(k)
            return r.choice([["spawn", k], ["spawn", k], ["later", self.delay(), k], ["gspawn", r.randrange(GROUPS), k]])
        kind = r.choices(
            ["sleep", "greenlet", "kill", "end", "link", "event", "result", "semaphore", "queue", "block", "group",
             "many"],
            [4, 4, 2, 1, 4, 4, 3, 4, 4, 3 if depth < 2 else 0, 2, 2])[0]
        if kind == "sleep":
            return ["sleep", self.delay()]
        if kind == "greenlet":
            return [r.choice(["join", "get"]), self.other(), self.timeout()]
        if kind == "kill":
            k = self.other()
            if k == script:
                return ["sleep", 0]
            return r.choice([["kill", k, self.timeout()], ["killnowait", k]])
        if kind == "end":
            return r.choice([["raise"], ["return", r.randrange(10)]]) if script else ["sleep", 0]
        if kind == "link":
            return [r.choice(["link", "linkvalue", "linkerror", "rawlink"]), self.other()]
        if kind == "event":
            e = r.randrange(EVENTS)
            return r.choice([["set", e], ["set", e], ["clear", e, self.own_delay()], ["wait", e, self.timeout()],
                             ["wait", e, self.timeout()]])
        if kind == "result":
            a = r.randrange(RESULTS)
            return r.choice([["setvalue", a, r.randrange(10)], ["seterror", a], ["getresult", a, self.timeout()],
                             ["waitresult", a, self.timeout()]])
        if kind == "semaphore":
            s = r.randrange(SEMAPHORES)
            return r.choice([["acquire", s, self.timeout()], ["acquire", s, self.timeout()], ["release", s],
                             ["release", s], ["tryacquire", s]])
        if kind == "queue":
            q = r.randrange(QUEUES)
            return r.choice([["put", q, r.randrange(10), self.timeout()], ["take", q, self.timeout()],
                             ["putnowait", q, r.randrange(10)], ["takenowait", q], ["taskdone", q],
                             ["joinqueue", q, self.timeout()]])
        if kind == "block":
            inner = self.steps(script, r.randint(1, 3), depth + 1)
            if r.random() < 0.5:
                return ["timeout", self.timeout() % 100_000 or 1, inner]
            return [r.choice(["catch", "finally"]), inner]
        if kind == "group":
            g = r.randrange(GROUPS)
            return r.choice([["joingroup", g, self.timeout()], ["killgroup", g, self.timeout()]])
        return r.choice([["joinall", self.others(), self.timeout()], ["killall", self.others(), self.timeout()],
                         ["waitfor", self.waitables(), self.timeout(), r.choice([-1, 1, 2])]])


def text(step):
    """(spawn 3), (timeout 500 ((sleep 0) (return 1)))"""
    if isinstance(step, list):
        return "(" + " ".join(text(part) for part in step) + ")"
    return str(step)


def make(seed):
    return Maker(seed).program()
