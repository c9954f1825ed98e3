"""Those who change things without pause, and write down what they were told."""
import collections
import json
import math
import random
import select
import threading
import time

from freshness.connection import Connection, request

from .ledger import ABSENT, Change

FEATURE = "tenant"
# What is said of a change that was surely not made.
NOT_MADE = b"the database is unavailable"
# What a writer keeps at most of each kind, so that it deletes as often as it adds.
RULES, SETTINGS = 30, 10


class NotAsked(Exception):
    """There was nobody to ask, so that nothing can have changed."""


class Client(Connection):
    """A connection that tells nobody there from nobody answering."""

    def ask(self, *requests):
        # One that was closed meanwhile is no use.
        if self.socket and select.select([self.socket], [], [], 0)[0]:
            self.close()
        if self.socket is None:
            try:
                self.connect()
            except OSError as error:
                raise NotAsked from error
        return super().ask(*requests)

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None


class Writer(threading.Thread):
    """Changes rules of a setting that all writers share, and of settings of its own."""

    def __init__(self, run, number, seed):
        super().__init__(daemon=True)
        self.run_, self.name, self.random = run, f"w{number}", random.Random(f"{seed} {number}")
        self.rules, self.settings, self.count = {}, [], 0
        # Settings with a rule of which it is not known how it is.
        self.uncertain = set()
        self.client = Client(run.port)
        # Whether the last operations succeeded, with their ends: what recovery is measured by.
        self.results = collections.deque(maxlen=1000)
        self.gate = threading.Lock()

    def run(self):
        while not self.run_.is_over:
            # Whoever wants to see no writer holds this.
            with self.gate:
                try:
                    self.step()
                except Exception as error:
                    self.run_.fail(f"writer {self.name} ended: {error!r}")
                    raise
            time.sleep(self.run_.pause)

    def step(self):
        ways = [self.add_rule] if len(self.rules) < RULES else []
        ways += [self.declare] if len(self.settings) < SETTINGS else []
        if self.rules:
            ways += [self.change_value, self.change_value, self.merge_metadata, self.replace_metadata, self.delete_rule]
        if self.settings:
            ways += [self.upgrade, self.delete_setting]
        self.count += 1
        self.random.choice(ways)()

    # MARK: Asking

    def send(self, method, path, body, entry, state, accepted):
        """Asks for a change; gives the answer, or none if there is none, and notes either."""
        if self.run_.requests and self.count % self.run_.requests == 0:
            self.client.close()
        text = b"" if body is None else json.dumps(body).encode()
        begin, calm = time.monotonic(), self.run_.calm
        change = Change(state, begin)
        entry.changes.append(change)
        said = None
        try:
            status, _, said = self.client.ask(request(method, f"/api/v1{path}", text))[0]
        except NotAsked:
            entry.changes.pop()
            status = 0
        except OSError as error:
            status, said = -1, repr(error)
            self.client.close()
        end = time.monotonic()
        self.results.append((begin, end, status == accepted))
        if status == accepted:
            change.acknowledged = end
            self.run_.count("acknowledged")
            return json.loads(said) if said else {}
        elif status == 503 and said == NOT_MADE:
            entry.changes.pop()
            status = 1
        if status not in (-1, 0, 1, 503):
            self.run_.fail(f"{method} {path} {body} got {status} {said!r}")
        if calm is not None and calm == self.run_.calm:
            self.run_.fail(f"{method} {path} got {status} {said!r}, though nothing was wrong")
        self.run_.count({0: "not asked", 1: "not made", -1: "cut off", 503: "unconfirmed"}.get(status, "wrong"))
        # Nobody needs to be asked a thousand times a second whether they are back.
        time.sleep(0.01)
        return None

    def is_abandoned(self, entry):
        """Whether it is not known how it is; such a thing is left alone from then on."""
        return bool(entry.changes) and entry.changes[-1].acknowledged == math.inf

    # MARK: Rules

    def add_rule(self):
        setting = self.random.choice([self.run_.shared, *self.settings[:3]])
        condition = f"{self.name}_{self.count}"
        entry = self.run_.ledger.entry(("rule", setting, f"{FEATURE}:{condition}"))
        answer = self.send(
            "POST", "/rules", {"setting": setting, "feature_values": {FEATURE: condition}, "value": self.count,
                               "metadata": {"made": self.count}}, entry, (self.count, {"made": self.count}), 201)
        if answer:
            self.rules[answer["rule_id"]] = entry
        elif self.is_abandoned(entry):
            self.uncertain.add(setting)

    def change(self, method, path, body, change, accepted=204):
        """Changes one of the rules."""
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
        entry = self.run_.ledger.entry(("setting", name))
        state = ("1.0", self.count, {"number": self.count})
        if self.send("POST", "/settings/declare", self.declaration(name, "1.0"), entry, state, 200):
            self.settings.append(name)

    def upgrade(self):
        name = self.random.choice(self.settings)
        entry, version = self.run_.ledger.entry(("setting", name)), f"1.{self.count}"
        state = (version, self.count, {"number": self.count})
        self.send("POST", "/settings/declare", self.declaration(name, version), entry, state, 200)
        if self.is_abandoned(entry):
            self.forget(name)

    def delete_setting(self):
        """Its rules go with it, so that only one without any is deleted."""
        used = self.uncertain | {entry.key[1] for entry in self.rules.values()}
        name = next((name for name in reversed(self.settings) if name not in used), None)
        if name:
            entry = self.run_.ledger.entry(("setting", name))
            self.send("DELETE", f"/settings/{name}", None, entry, ABSENT, 204)
            if self.is_abandoned(entry) or entry.state is ABSENT:
                self.forget(name)

    def forget(self, name):
        """Uses a setting no more; what is stored stays as the ledger has it."""
        self.settings.remove(name)
        self.rules = {rule: entry for rule, entry in self.rules.items() if entry.key[1] != name}
