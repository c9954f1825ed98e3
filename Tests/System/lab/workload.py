"""Writers and readers that use a service, and the results that they share."""
import json
import threading
import time

from .connections import CarefulConnection, request
from .ledger import Change, Ledger, rules_of
from .readers import Reader
from .waiting import wait_until
from .writers import FEATURE, Writer

# After the end of a fault, every writer and every reader must succeed again within this number of seconds.
LIMIT = 5
# A client counts as recovered after this number of successful requests without a failure.
SUCCESSES = 3


class Workload:
    COUNTS = ["acknowledged", "not made", "unconfirmed", "cut off", "not sent", "wrong", "reads", "reads refused"]

    def __init__(self, port, writers, seed, pause=0.002, requests=None, readers=0, reader_port=None):
        """pause: seconds between two changes of a writer. requests: how many requests a writer sends on one connection, if that is
        limited. reader_port: where readers send their requests, if not to the service."""
        self.port, self.pause, self.requests = port, pause, requests
        self.ledger, self.counts, self.lock = Ledger(), dict.fromkeys(self.COUNTS, 0), threading.Lock()
        self.failures, self.is_over = [], False
        # While there is no fault, `calm` is the number of faults so far, and no request may fail. During a fault it is None.
        self.calm, self.calms = None, 0
        # The setting that all writers add rules to.
        self.shared = "shared"
        self.writers = [Writer(self, number, seed) for number in range(writers)]
        self.readers = [Reader(self, number, reader_port or port) for number in range(readers)]

    def count(self, name):
        with self.lock:
            self.counts[name] += 1

    def fail(self, failure):
        self.failures.append(failure)
        self.is_over = True

    def start(self):
        """Declares the shared setting, and starts all writers and readers."""
        connection = CarefulConnection(self.port)
        for path, body in [
            ("/context_features", {"context_feature": FEATURE}),
            ("/settings/declare", {"name": self.shared, "configurable_features": [FEATURE], "type": "int",
                                   "default_value": 0})]:
            status, answer = connection.ask_json("POST", path, body)
            if status not in (200, 204):
                raise RuntimeError(f"{path} got {status} {answer}")
        connection.close()
        entry = self.ledger.entry(("setting", self.shared))
        entry.changes.append(Change(("1.0", 0, {}), 0, 0))
        for worker in [*self.writers, *self.readers]:
            worker.start()
        self.be_calm()

    def be_calm(self):
        self.calms += 1
        self.calm = self.calms

    def wait(self, seconds):
        """Lets writers and readers work for some seconds, or until one fails."""
        wait_until(lambda: self.is_over, seconds)

    def wait_for_reads(self, reads, seconds):
        wait_until(lambda: self.is_over or self.counts["reads"] >= reads, seconds)

    def recover(self, since):
        """Waits until all writers and readers succeed again; returns the seconds that this took."""
        while time.monotonic() < since + 6 * LIMIT and not self.is_over:
            recovered = [self.recovered_at(worker, since) for worker in [*self.writers, *self.readers]]
            if all(recovered):
                self.be_calm()
                return max(recovered) - since
            time.sleep(0.005)
        if not self.is_over:
            self.fail(f"Requests fail {6 * LIMIT} seconds after the fault was over")
        return None

    @staticmethod
    def recovered_at(worker, since):
        """The time of the first success in the current series without a failure; None while the series is too short."""
        ends = []
        for begin, end, is_success in reversed(list(worker.results)):
            if not is_success or begin < since:
                break
            ends.append(end)
        return ends[-1] if len(ends) >= SUCCESSES else None

    def stop(self):
        self.is_over = True
        for worker in [*self.writers, *self.readers]:
            worker.join(60)

    def rules_of_service(self):
        """All rules in the service's response, by the keys of the ledger."""
        [(status, _, answer)] = CarefulConnection(self.port).ask(
            request("GET", "/api/v1/query?include_metadata=true&context_filters=*"))
        return rules_of(json.loads(answer)) if status == 200 else f"{status} {answer}"
