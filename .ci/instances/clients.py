"""Those who change and ask the same few things at once, through whichever instance they are given."""
import json
import math
import random
import threading
import time

from faults.writers import NOT_MADE, Client, NotAsked
from freshness.connection import request

from .histories import WRONG, Operation

FEATURE = "tenant"
# How many requests a connection is used for, at most.
REQUESTS = 4


class Declared:
    """A setting that is declared at ever higher versions. Its state is the minor version and the default value."""

    first = (0, 0)

    def __init__(self, number):
        self.name, self.seen = f"declared{number}", 0
        self.operations = []

    def prepare(self, send):
        self.declare(send, 0, 0)

    def declare(self, send, minor, value):
        return send("POST", "/settings/declare", {
            "name": self.name, "configurable_features": [FEATURE], "type": "int", "default_value": value,
            "version": f"1.{minor}"})

    def step(self, client):
        match client.random.choice(["declare", "declare", "get", "query", "query"]):
            case "declare":
                minor, value = max(0, self.seen + client.random.choice([-1, 0, 1, 1, 2])), client.number()

                def declared(answer):
                    status, said = answer

                    def apply(state):
                        now, default = state
                        if status is None:
                            return (minor, value) if minor > now else state
                        if minor > now:
                            fits = said.get("outcome") == "upgraded" and said.get("previous_version") == f"1.{now}"
                            return (minor, value) if fits else WRONG
                        expected = "outdated" if minor < now else "uptodate" if value == default else "mismatch"
                        fits = said.get("outcome") == expected and said.get("latest_version", f"1.{now}") == f"1.{now}"
                        return state if fits else WRONG
                    return apply
                client.operate(self, f"declares {self.name} 1.{minor} as {value}", lambda: self.declare(client.send, minor, value),
                               declared)
            case "get":
                def got(answer):
                    _, said = answer
                    found = (int(said["version"].removeprefix("1.")), said["default_value"])
                    self.seen = max(self.seen, found[0])
                    return lambda state: state if state == found else WRONG
                client.read(self, f"gets {self.name}", lambda: client.send("GET", f"/settings/{self.name}"), got)
            case "query":
                def queried(answer):
                    found = answer[1]["settings"][self.name]["default_value"]
                    return lambda state: state if state[1] == found else WRONG
                client.read(self, f"queries {self.name}", lambda: client.send("GET", f"/query?settings={self.name}"), queried)


class Ruled:
    """A rule that comes, changes and goes. Its state is its id and value; none while it is not there."""

    first = None

    def __init__(self, number):
        self.name, self.value, self.seen = "ruled", f"c{number}", None
        self.operations = []

    def prepare(self, send):
        send("POST", "/settings/declare", {
            "name": self.name, "configurable_features": [FEATURE], "type": "int", "default_value": 0})

    def step(self, client):
        what = client.random.choice(["add", "change", "delete", "query", "query", "query", "search"])
        if what in ("change", "delete") and self.seen is None:
            what = "add"
        value, rule = client.number(), self.seen
        match what:
            case "add":
                def added(answer):
                    status, said = answer
                    if status == 201:
                        self.seen = said["rule_id"]
                        return lambda state: (said["rule_id"], value) if state is None else WRONG
                    if status is None:
                        # Its id is not known, but by those who see it.
                        return lambda state: state if state else ("unknown", value)
                    return lambda state: state if state else WRONG
                client.operate(self, f"adds the rule {self.value} as {value}", lambda: client.send("POST", "/rules", {
                    "setting": self.name, "feature_values": {FEATURE: self.value}, "value": value}), added)
            case "change":
                client.operate(self, f"changes the rule {rule} to {value}", lambda: client.send(
                    "PUT", f"/rules/{rule}/value", {"value": value}), lambda answer: self.of_rule(rule, answer, (rule, value)))
            case "delete":
                client.operate(self, f"deletes the rule {rule}", lambda: client.send("DELETE", f"/rules/{rule}"),
                               lambda answer: self.of_rule(rule, answer, None))
            case "query":
                def queried(answer):
                    rules = answer[1]["settings"][self.name]["rules"]
                    found = (rules[0]["rule_id"], rules[0]["value"]) if rules else None
                    self.seen = found[0] if found else self.seen
                    return lambda state: self.seen_as(state, found)
                client.read(self, f"queries the rule {self.value}", lambda: client.send(
                    "GET", f"/query?settings={self.name}&context_filters={FEATURE}:({self.value})"), queried)
            case "search":
                def searched(answer):
                    status, said = answer
                    found = said["rule_id"] if status == 200 else None
                    return lambda state: self.seen_as(state, (found, state[1] if state else 0) if found else None)
                client.read(self, f"looks for the rule {self.value}", lambda: client.send(
                    "GET", f"/rules/search?setting={self.name}&feature_values={FEATURE}:{self.value}"), searched)

    @staticmethod
    def seen_as(state, found):
        """A rule whose id nobody was told gets it when it is first seen."""
        if state and state[0] == "unknown" and found and found[1] == state[1]:
            return found
        return state if state == found else WRONG

    @staticmethod
    def of_rule(rule, answer, changed):
        status, _ = answer

        def apply(state):
            if state is not None and state[0] == "unknown":
                # It is this one or another.
                return changed if status != 404 else state
            is_there = state is not None and state[0] == rule
            if status is not None and is_there != (status == 204):
                return WRONG
            return changed if is_there else state
        return apply


class Worker(threading.Thread):
    """A client. It asks for one thing after the other, and notes when, and what came of it."""

    ANSWERS = [200, 201, 204, 404, 409]
    # Instead of a status: it is not known what came of it, or nothing did.
    UNKNOWN, NOTHING = None, 0

    def __init__(self, run, things, seed, identity):
        super().__init__(daemon=True)
        self.run_, self.things, self.identity = run, things, identity
        self.random, self.count = random.Random(f"{seed} {identity}"), 0
        self.client, self.left = None, 0

    def number(self):
        """One that nobody else has."""
        self.count += 1
        return self.count * 100 + self.identity

    def run(self):
        try:
            while self.run_.go_on():
                self.random.choice(self.things).step(self)
        except Exception as error:
            self.run_.fail(f"A client ended: {error!r}")
            raise

    def send(self, method, path, body=None):
        """The status and what was said, or why there is none."""
        if self.left == 0:
            if self.client:
                self.client.close()
            self.client, self.left = Client(self.run_.port), self.random.randint(1, REQUESTS)
        self.left -= 1
        text = b"" if body is None else json.dumps(body).encode()
        try:
            status, _, said = self.client.ask(request(method, f"/api/v1{path}", text))[0]
        except NotAsked:
            self.left = 0
            return self.NOTHING, None
        except OSError:
            self.left = 0
            return self.UNKNOWN, None
        if status == 503:
            return self.NOTHING if said == NOT_MADE else self.UNKNOWN, None
        if status not in self.ANSWERS:
            self.run_.fail(f"{method} {path} {body} got {status} {said!r}")
        return status, json.loads(said) if said.startswith(b"{") else {}

    def operate(self, thing, text, ask, meaning):
        begin = time.monotonic()
        answer = ask()
        is_known = answer[0] is not self.UNKNOWN
        # An instance that is away would be asked without end.
        if answer[0] in (self.UNKNOWN, self.NOTHING):
            self.run_.count("not made" if is_known else "unknown")
            time.sleep(0.1)
        # What was not made is as if nobody had asked for it.
        if answer[0] is self.NOTHING:
            return
        end = time.monotonic() if is_known else math.inf
        said = f"{answer[0]} {json.dumps(answer[1])}" if is_known else "no answer"
        thing.operations.append(Operation(begin, end, meaning(answer), f"{text}: {said}"))

    def read(self, thing, text, ask, meaning):
        """What was not answered is nothing to look at."""
        begin = time.monotonic()
        answer = ask()
        if answer[0] in (self.UNKNOWN, self.NOTHING):
            time.sleep(0.1)
            return
        thing.operations.append(
            Operation(begin, time.monotonic(), meaning(answer), f"{text}: {answer[0]} {json.dumps(answer[1])}"))
