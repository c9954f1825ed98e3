"""Clients that change and read the same few settings and rules at the same time."""
import json
import math
import random
import threading
import time

from histories import WRONG, Operation
from lab.connections import CarefulConnection, NotSent
from lab.writers import NOT_MADE

FEATURE = "tenant"
# The number of requests on one connection, at most.
REQUESTS = 4


class Declared:
    """A setting that clients declare at ascending versions. Its state is the minor version and the default value."""

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
                    status, content = answer

                    def apply(state):
                        now, default = state
                        if status is None:
                            return (minor, value) if minor > now else state
                        if minor > now:
                            fits = content.get("outcome") == "upgraded" and content.get("previous_version") == f"1.{now}"
                            return (minor, value) if fits else WRONG
                        expected = "outdated" if minor < now else "uptodate" if value == default else "mismatch"
                        fits = content.get("outcome") == expected and content.get("latest_version", f"1.{now}") == f"1.{now}"
                        return state if fits else WRONG
                    return apply
                client.operate(self, f"declares {self.name} 1.{minor} as {value}", lambda: self.declare(client.send, minor, value),
                               declared)
            case "get":
                def got(answer):
                    _, content = answer
                    found = (int(content["version"].removeprefix("1.")), content["default_value"])
                    self.seen = max(self.seen, found[0])
                    return lambda state: state if state == found else WRONG
                client.read(self, f"gets {self.name}", lambda: client.send("GET", f"/settings/{self.name}"), got)
            case "query":
                def queried(answer):
                    found = answer[1]["settings"][self.name]["default_value"]
                    return lambda state: state if state[1] == found else WRONG
                client.read(self, f"queries {self.name}", lambda: client.send("GET", f"/query?settings={self.name}"), queried)


class Ruled:
    """A rule that clients add, change and delete. Its state is its id and its value, or None while it does not exist."""

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
                    status, content = answer
                    if status == 201:
                        self.seen = content["rule_id"]
                        return lambda state: (content["rule_id"], value) if state is None else WRONG
                    if status is None:
                        # The id is unknown until a response shows it.
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
                    status, content = answer
                    found = content["rule_id"] if status == 200 else None
                    return lambda state: self.seen_as(state, (found, state[1] if state else 0) if found else None)
                client.read(self, f"looks for the rule {self.value}", lambda: client.send(
                    "GET", f"/rules/search?setting={self.name}&feature_values={FEATURE}:{self.value}"), searched)

    @staticmethod
    def seen_as(state, found):
        """The state after a response that shows `found`. A rule with an unknown id gets the id of the response."""
        if state and state[0] == "unknown" and found and found[1] == state[1]:
            return found
        return state if state == found else WRONG

    @staticmethod
    def of_rule(rule, answer, changed):
        status, _ = answer

        def apply(state):
            if state is not None and state[0] == "unknown":
                # This may be the rule with the unknown id, or an earlier one.
                return changed if status != 404 else state
            is_there = state is not None and state[0] == rule
            if status is not None and is_there != (status == 204):
                return WRONG
            return changed if is_there else state
        return apply


class Worker(threading.Thread):
    """A client. It makes one operation after the other, and records the time and the response of each."""

    STATUSES = [200, 201, 204, 404, 409]
    # Statuses without a response: the outcome is unknown, or the operation was not made.
    UNKNOWN, NOTHING = None, 0

    def __init__(self, shared, things, seed, identity):
        super().__init__(daemon=True)
        self.shared, self.things, self.identity = shared, things, identity
        self.random, self.count = random.Random(f"{seed} {identity}"), 0
        self.connection, self.left = None, 0

    def number(self):
        """A number that no other client uses."""
        self.count += 1
        return self.count * 100 + self.identity

    def run(self):
        try:
            while self.shared.take_operation():
                self.random.choice(self.things).step(self)
        except Exception as error:
            self.shared.fail(f"A client ended: {error!r}")
            raise

    def send(self, method, path, body=None):
        """Sends a request; returns the status and the content of the response."""
        if self.left == 0:
            if self.connection:
                self.connection.close()
            self.connection, self.left = CarefulConnection(self.shared.port), self.random.randint(1, REQUESTS)
        self.left -= 1
        try:
            status, answer = self.connection.ask_json(method, path, body)
        except NotSent:
            self.left = 0
            return self.NOTHING, None
        except OSError:
            self.left = 0
            return self.UNKNOWN, None
        if status == 503:
            return self.NOTHING if answer.startswith(NOT_MADE) else self.UNKNOWN, None
        if status not in self.STATUSES:
            self.shared.fail(f"{method} {path} {body} got {status} {answer!r}")
        return status, json.loads(answer) if answer.startswith(b"{") else {}

    def operate(self, thing, text, ask, meaning):
        """Makes a change and records it. meaning: gives the operation's effect on the state, from the response."""
        begin = time.monotonic()
        answer = ask()
        is_known = answer[0] is not self.UNKNOWN
        # During an outage, do not spend CPU time on thousands of failures.
        if answer[0] in (self.UNKNOWN, self.NOTHING):
            self.shared.count("not made" if is_known else "unknown")
            time.sleep(0.1)
        # An operation that was not made is not part of the history.
        if answer[0] is self.NOTHING:
            return
        end = time.monotonic() if is_known else math.inf
        response = f"{answer[0]} {json.dumps(answer[1])}" if is_known else "no response"
        thing.operations.append(Operation(begin, end, meaning(answer), f"{text}: {response}"))

    def read(self, thing, text, ask, meaning):
        """Reads and records the response. A read without a response is not recorded."""
        begin = time.monotonic()
        answer = ask()
        if answer[0] in (self.UNKNOWN, self.NOTHING):
            time.sleep(0.1)
            return
        thing.operations.append(
            Operation(begin, time.monotonic(), meaning(answer), f"{text}: {answer[0]} {json.dumps(answer[1])}"))
