"""Makes random scenarios by a seed, which trace.py and our pool then run alike.

Made so that no repair of MIGRATION.md shows:
- #connect-error, #falsy: a connect gives a connection or nothing, after any time, never an error;
- #interrupted: ours is told `interrupted = .keep`;
- #keepalive-error, #keepalive-turn: there is no keepalive;
- #stampede: the frequency is zero, so that ours spaces no reconnects;
- #retry-sleep: each retry succeeds before it would give up;
- #hand-off: whoever was given a connection or gave one back sleeps before asking again, and no two timers of a scenario fire in one
  instant (trace.py finds those that do and makes others).
"""
import random


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.steps = 0
        self.depth = 0

    def pause(self, most=400):
        return {"sleep": self.random.randint(1, most)}

    def body(self, names):
        """What happens with a connection in hand."""
        steps = []
        for _ in range(self.random.randint(0, 3)):
            kind = self.random.random()
            if kind < 0.45:
                steps.append(self.pause())
            elif kind < 0.6:
                steps += [{"request": "q%d" % self.next()}, self.pause(60), {"answer": True}]
            elif kind < 0.7 and self.depth < 2:
                steps += [self.pause(60), self.get(names), self.pause(60)]
            elif kind < 0.8:
                steps.append({"catch": [{"raise": self.error()}]})
            elif kind < 0.88:
                steps.append({"within": self.random.randint(1, 300), "do": [self.pause()]})
            elif names and kind < 0.92:
                steps.append({"kill": self.random.choice(names)})
        if self.random.random() < 0.3:
            steps.append({"raise": self.error()})
        return steps

    def error(self):
        return self.random.choice(["socket", "subclass", "listed", "other"])

    def next(self):
        self.steps += 1
        return self.steps

    def get(self, names):
        self.depth += 1
        step = {"get": self.body(names)}
        self.depth -= 1
        return step

    def retry(self, names):
        """Fails some times and then does not."""
        failures = self.random.randint(1, 3)
        step = {
            "retry": [{"get": [self.pause(60), {"raise": self.random.choice(["socket", "subclass"]),
                                               "first": failures, "id": self.next()}]}],
            "interval": self.random.randint(1, 900)}
        if self.random.random() < 0.5:
            step["failures"] = failures + self.random.randint(0, 2)
        return step

    def act(self, names):
        kind = self.random.random()
        if kind < 0.5:
            step = {"catch": [self.get(names)]}
        elif kind < 0.65:
            step = {"within": self.random.randint(1, 1500), "do": [self.get(names)]}
            if self.random.random() < 0.7:
                step = {"catch": [step]}
        elif kind < 0.8:
            step = {"catch": [self.retry(names)]}
        elif kind < 0.9:
            step = self.get(names)
        else:
            step = {"kill": self.random.choice(names)} if names else self.pause()
        return [step, self.pause()]

    def scenario(self, name):
        connects = []
        for _ in range(self.random.randint(0, 12)):
            one = {"takes": self.random.randint(1, 700)} if self.random.random() < 0.6 else {}
            if self.random.random() < 0.35:
                one["gives"] = "none"
            connects.append(one)
        callers = []
        for n in range(self.random.randint(1, 5)):
            # Those that may be killed: who has begun.
            names = [caller["name"] for caller in callers]
            does = [step for _ in range(self.random.randint(1, 5)) for step in self.act(names)]
            callers.append({"name": "ABCDE"[n], "at": self.random.randint(1, 900), "does": does})
        callers.sort(key=lambda caller: caller["at"])
        return {
            "name": name, "size": self.random.randint(1, 4), "frequency": 0, "interrupted": "keep",
            "listed": self.random.choice([["socket"], ["socket"], ["socket", "listed"], ["listed"]]),
            "connects": connects, "callers": callers, "until": 20000}
