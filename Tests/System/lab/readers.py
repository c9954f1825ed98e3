"""Readers that compare each response with the changes that were acknowledged before the request."""
import collections
import itertools
import json
import threading
import time

from .connections import CarefulConnection, NotSent, request
from .ledger import ABSENT, describe, rules_of

# Seconds between two reads.
PAUSE = 0.02
# The targets of requests: all rules, the rules of the setting that all writers change, and all settings.
EVERYTHING = "/api/v1/query?include_metadata=true&context_filters=*"
SHARED = "/api/v1/query?settings={}&include_metadata=true&context_filters=*"
SETTINGS = "/api/v1/settings?include_additional_data=true"


class Reader(threading.Thread):
    """Reads one target after the other, about fifty times a second."""

    def __init__(self, workload, number, port):
        super().__init__(daemon=True)
        self.workload, self.name, self.connection = workload, f"r{number}", CarefulConnection(port)
        # The last reads: when each began and ended, and whether it succeeded. Recovery is measured by them.
        self.results = collections.deque(maxlen=1000)
        # The entries that may still exist, and how many entries of the ledger this reader knows.
        self.open, self.known = {}, 0

    def run(self):
        for target in itertools.cycle([EVERYTHING, SHARED.format(self.workload.shared), EVERYTHING, SETTINGS]):
            if self.workload.is_over:
                return
            try:
                self.read(target)
            except Exception as error:
                self.workload.fail(f"reader {self.name} ended: {error!r}")
                raise
            time.sleep(PAUSE)

    def read(self, target):
        begin, calm = time.monotonic(), self.workload.calm
        try:
            [(status, _, answer)] = self.connection.ask(request("GET", target))
        except (NotSent, OSError) as error:
            status, answer = 0, repr(error)
            self.connection.close()
        end = time.monotonic()
        self.results.append((begin, end, status == 200))
        if status == 200:
            self.workload.count("reads")
            self.compare(target, json.loads(answer), begin, end)
            return
        if status not in (0, 503):
            self.workload.fail(f"GET {target} got {status} {answer!r}")
        if calm is not None and calm == self.workload.calm:
            self.workload.fail(f"GET {target} got {status} {answer!r}, although there was no fault")
        self.workload.count("reads refused")

    def compare(self, target, response, begin, end):
        """Fails if the tables cannot have had this content at any time between request and response."""
        if target == SETTINGS:
            kind, names = "setting", None
            found = {("setting", setting["name"]): (setting["version"], setting["default_value"], setting["metadata"])
                     for setting in response["settings"]}
        else:
            kind, names = "rule", None if target == EVERYTHING else [self.workload.shared]
            found = rules_of(response)
        for key, state in found.items():
            entry = self.workload.ledger.entries.get(key)
            allowed = entry.possible_states(begin, end) if entry else [ABSENT]
            if state not in allowed:
                self.fail(target, key, state, allowed, begin)
        for key, entry in self.candidates(begin):
            if key not in found and key[0] == kind and (names is None or key[1] in names):
                if ABSENT not in (allowed := entry.possible_states(begin, end)):
                    self.fail(target, key, ABSENT, allowed, begin)

    def candidates(self, since):
        """The entries that may have existed at this time or later."""
        # Writers only append to the ledger.
        entries = list(itertools.islice(self.workload.ledger.entries.items(), self.known, None))
        self.known += len(entries)
        self.open |= dict(entries)
        for key in [key for key, entry in self.open.items() if entry.is_deleted(since)]:
            del self.open[key]
        return list(self.open.items())

    def fail(self, target, key, state, allowed, begin):
        self.workload.fail(f"A read missed a change: GET {target} shows {describe(key)} as {state} instead of "
                       + " or ".join(map(str, allowed)) + f"; the read began {time.monotonic() - begin:.3f} s ago")
