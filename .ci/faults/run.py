"""What all writers share: what is known, what is allowed, and how it goes."""
import json
import threading
import time

from freshness.connection import request

from .ledger import Change, Ledger
from .writers import FEATURE, Client, Writer

# Seconds within which every writer must succeed again, once a fault is over.
LIMIT = 5
# How many changes in a row must succeed for a writer to be taken for well.
WELL = 3


class Run:
    COUNTS = ["acknowledged", "not made", "unconfirmed", "cut off", "not asked", "wrong"]

    def __init__(self, port, writers, seed, pause=0.002, requests=None):
        self.port, self.pause = port, pause
        # How many requests a connection is used for; any number by default.
        self.requests = requests
        self.ledger, self.counts, self.lock = Ledger(), dict.fromkeys(self.COUNTS, 0), threading.Lock()
        self.failures, self.is_over = [], False
        # A number while nothing is wrong, so that nothing may fail; another one after each fault.
        self.calm, self.calms = None, 0
        self.shared = "shared"
        self.writers = [Writer(self, number, seed) for number in range(writers)]

    def count(self, name):
        with self.lock:
            self.counts[name] += 1

    def fail(self, what):
        self.failures.append(what)
        self.is_over = True

    def start(self):
        """Makes what all writers share, and lets them begin."""
        client = Client(self.port)
        for path, body in [
            ("/context_features", {"context_feature": FEATURE}),
            ("/settings/declare", {"name": self.shared, "configurable_features": [FEATURE], "type": "int",
                                   "default_value": 0})]:
            status, _, said = client.ask(request("POST", f"/api/v1{path}", json.dumps(body).encode()))[0]
            if status not in (200, 204):
                raise RuntimeError(f"{path} got {status} {said}")
        client.close()
        entry = self.ledger.entry(("setting", self.shared))
        entry.changes.append(Change(("1.0", 0, {}), 0, 0))
        for writer in self.writers:
            writer.start()
        self.be_calm()

    def be_calm(self):
        self.calms += 1
        self.calm = self.calms

    def wait(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.is_over:
            time.sleep(0.01)

    def recover(self, since):
        """Waits until all writers succeed again, and gives the seconds that took."""
        while time.monotonic() < since + 6 * LIMIT and not self.is_over:
            began = [self.well_since(writer, since) for writer in self.writers]
            if all(began):
                self.be_calm()
                return max(began) - since
            time.sleep(0.005)
        if not self.is_over:
            self.fail(f"Changes fail {6 * LIMIT} seconds after the fault was over")
        return None

    @staticmethod
    def well_since(writer, since):
        """When the first of the changes was acknowledged that have all succeeded, if they are enough."""
        well = []
        for begin, end, is_success in reversed(list(writer.results)):
            if not is_success or begin < since:
                break
            well.append(end)
        return well[-1] if len(well) >= WELL else None

    def stop(self):
        self.is_over = True
        for writer in self.writers:
            writer.join(60)

    def answers(self):
        """What the service says that there is, as the ledger has it."""
        client = Client(self.port)
        status, _, said = client.ask(request("GET", "/api/v1/query?include_metadata=true&context_filters=*"))[0]
        if status != 200:
            return f"{status} {said}"
        return {
            ("rule", name, *(":".join(pair) for pair in rule["context_features"])): (rule["value"], rule["metadata"])
            for name, setting in json.loads(said)["settings"].items() for rule in setting["rules"]}

