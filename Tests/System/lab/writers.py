"""Writers that change rules and settings without a pause, and record each response in the ledger."""
import collections
import json
import math
import random
import threading
import time

from .connections import CarefulConnection, NotSent
from .ledger import ABSENT, Change

FEATURE = "tenant"
# The beginning of a 503's text if the service is certain that it did not make the change. A reason may follow.
NOT_MADE = b"the database is unavailable"
# How many rules and settings a writer keeps, so that it deletes as often as it adds.
RULES, SETTINGS = 30, 10


class Writer(threading.Thread):
    """Changes rules of the setting that all writers share, and settings of its own with their rules."""

    def __init__(self, workload, number, seed):
        super().__init__(daemon=True)
        self.workload, self.name, self.random = workload, f"w{number}", random.Random(f"{seed} {number}")
        self.rules, self.settings, self.count = {}, [], 0
        # Settings with a rule whose state is unknown.
        self.uncertain = set()
        self.connection = CarefulConnection(workload.port)
        # The last requests: when each began and ended, and whether it succeeded. Recovery is measured by them.
        self.results = collections.deque(maxlen=1000)

    def run(self):
        while not self.workload.is_over:
            try:
                self.step()
            except Exception as error:
                self.workload.fail(f"writer {self.name} ended: {error!r}")
                raise
            time.sleep(self.workload.pause)

    def step(self):
        ways = [self.add_rule] if len(self.rules) < RULES else []
        ways += [self.declare] if len(self.settings) < SETTINGS else []
        if self.rules:
            ways += [self.change_value, self.change_value, self.merge_metadata, self.replace_metadata, self.delete_rule]
        if self.settings:
            ways += [self.upgrade, self.delete_setting]
        self.count += 1
        self.random.choice(ways)()

    # MARK: Requests

    def send(self, method, path, body, entry, state, accepted):
        """Requests a change, and records it. Returns the response, or None if the change failed or its outcome is unknown.

        state: that of the entry after the change. accepted: the status of success."""
        if self.workload.requests and self.count % self.workload.requests == 0:
            self.connection.close()
        begin, calm = time.monotonic(), self.workload.calm
        change = Change(state, begin)
        entry.changes.append(change)
        answer = None
        try:
            status, answer = self.connection.ask_json(method, path, body)
        except NotSent:
            entry.changes.pop()
            status = 0
        except OSError as error:
            status, answer = -1, repr(error)
            self.connection.close()
        end = time.monotonic()
        self.results.append((begin, end, status == accepted))
        if status == accepted:
            change.acknowledged = end
            self.workload.count("acknowledged")
            return json.loads(answer) if answer else {}
        elif status == 503 and answer.startswith(NOT_MADE):
            entry.changes.pop()
            status = 1
        if status not in (-1, 0, 1, 503):
            self.workload.fail(f"{method} {path} {body} got {status} {answer!r}")
        if calm is not None and calm == self.workload.calm:
            self.workload.fail(f"{method} {path} got {status} {answer!r}, although there was no fault")
        self.workload.count({0: "not sent", 1: "not made", -1: "cut off", 503: "unconfirmed"}.get(status, "wrong"))
        # During an outage, do not spend CPU time on thousands of failures.
        time.sleep(0.01)
        return None

    def is_abandoned(self, entry):
        """Whether the state of an entry is unknown. The writer then leaves the entry alone."""
        return bool(entry.changes) and entry.changes[-1].acknowledged == math.inf

    # MARK: Rules

    def add_rule(self):
        setting = self.random.choice([self.workload.shared, *self.settings[:3]])
        condition = f"{self.name}_{self.count}"
        entry = self.workload.ledger.entry(("rule", setting, f"{FEATURE}:{condition}"))
        answer = self.send(
            "POST", "/rules", {"setting": setting, "feature_values": {FEATURE: condition}, "value": self.count,
                               "metadata": {"made": self.count}}, entry, (self.count, {"made": self.count}), 201)
        if answer:
            self.rules[answer["rule_id"]] = entry
        elif self.is_abandoned(entry):
            self.uncertain.add(setting)

    def change(self, method, path, body, change, accepted=204):
        """Changes one of the rules. change: the state after it, given the value and the metadata before."""
        rule = self.random.choice(list(self.rules))
        entry = self.rules[rule]
        value, metadata = entry.state
        self.send(method, path.format(rule), body, entry, change(value, metadata), accepted)
        if self.is_abandoned(entry):
            self.uncertain.add(entry.key[1])
        if self.is_abandoned(entry) or entry.state is ABSENT:
            del self.rules[rule]

    def change_value(self):
        self.change("PUT", "/rules/{}/value", {"value": self.count}, lambda _, metadata: (self.count, metadata))

    def merge_metadata(self):
        self.change("POST", "/rules/{}/metadata", {"metadata": {"merged": self.count}},
                    lambda value, metadata: (value, metadata | {"merged": self.count}))

    def replace_metadata(self):
        new = {"one": self.count, "two": self.count}
        self.change("PUT", "/rules/{}/metadata", {"metadata": new}, lambda value, _: (value, new))

    def delete_rule(self):
        self.change("DELETE", "/rules/{}", None, lambda *_: ABSENT)

    # MARK: Settings

    def declaration(self, name, version):
        return {"name": name, "configurable_features": [FEATURE], "type": "int", "default_value": self.count,
                "metadata": {"number": self.count}, "version": version}

    def declare(self):
        name = f"{self.name}.s{self.count}"
        entry = self.workload.ledger.entry(("setting", name))
        state = ("1.0", self.count, {"number": self.count})
        if self.send("POST", "/settings/declare", self.declaration(name, "1.0"), entry, state, 200):
            self.settings.append(name)

    def upgrade(self):
        name = self.random.choice(self.settings)
        entry, version = self.workload.ledger.entry(("setting", name)), f"1.{self.count}"
        state = (version, self.count, {"number": self.count})
        self.send("POST", "/settings/declare", self.declaration(name, version), entry, state, 200)
        if self.is_abandoned(entry):
            self.forget(name)

    def delete_setting(self):
        """Deletes a setting without rules: the service deletes the rules of a setting along with it."""
        used = self.uncertain | {entry.key[1] for entry in self.rules.values()}
        name = next((name for name in reversed(self.settings) if name not in used), None)
        if name:
            entry = self.workload.ledger.entry(("setting", name))
            self.send("DELETE", f"/settings/{name}", None, entry, ABSENT, 204)
            if self.is_abandoned(entry) or entry.state is ABSENT:
                self.forget(name)

    def forget(self, name):
        """Stops using a setting. Its entry stays in the ledger."""
        self.settings.remove(name)
        self.rules = {rule: entry for rule, entry in self.rules.items() if entry.key[1] != name}
