"""Clients that know a setting only by a stream of changes, and the comparison of what they know with acknowledged changes.

A follower reads the setting when its stream reports a change of it, and never else. So if the service does not report a change, or reports
it before it can be read, what the follower knows stays behind.
"""
import json
import random
import time

from .connections import Connection, request
from .event_stream import EventStream

# The setting whose default value counts its changes, and a setting whose changes are all rolled back.
FOLLOWED, ROLLED_BACK = "followed.value", "rolled.back"
# The time in which a follower must know an acknowledged change, in steps of a sleep, which take longer on a busy machine. A reset makes
# followers read, too, so a longer time would hide events that are missing between two resets.
STEP, STEPS = 0.005, 300
# A follower connects again after this number of events, on average, and gets the events that it has missed.
EVENTS = 100
UNTOLD = "A stream did not report a change, or reported it before it could be read"
FALSE = "A stream reported a change that was rolled back"


class Follower:
    def __init__(self, ports, tokens, number, seed, is_over, note, fail, reader_ports=None):
        """ports: those of the instances. tokens: one for each instance, or empty texts. number: distinguishes the followers. is_over: whether
        the check is over. note: gets the value of the setting after each reading. fail: gets a problem. reader_ports: where the follower
        reads, if not at the instances."""
        self.ports, self.tokens, self.number, self.random = ports, tokens, number, random.Random(f"{seed} follower {number}")
        self.is_over, self.note, self.fail = is_over, note, fail
        self.connections = [Connection(port) for port in reader_ports or ports]
        # Some followers follow everything, and some only the setting.
        self.target = "/api/v1/events" + (f"?settings={FOLLOWED},{ROLLED_BACK}" if number % 2 else "")
        self.last_id, self.events = None, 0

    def work(self):
        while not self.is_over():
            try:
                self.follow()
            except (OSError, ValueError):
                # The service is not running, or the database is unavailable.
                time.sleep(0.01)

    def follow(self):
        """Follows one stream for a while."""
        instance = self.random.randrange(len(self.ports))
        is_resumed = self.last_id is not None
        stream = EventStream(self.ports[instance], self.target, self.tokens[instance], self.last_id, self.is_over)
        try:
            while not self.is_over():
                name, data = stream.next()
                self.events += 1
                names = data.get("settings", [])
                if ROLLED_BACK in names:
                    self.fail(f"{FALSE}: {name} {data}")
                # A client that resumes its stream relies on the events that it then gets.
                if name == "reset" or name == "change" and FOLLOWED in names or name == "ready" and not is_resumed:
                    self.read()
                self.last_id = stream.last_id
                if self.random.random() < 1 / EVENTS:
                    return
        finally:
            stream.close()

    def read(self):
        """Reads the setting at one of the instances, until that succeeds."""
        while not self.is_over():
            instance = self.random.randrange(len(self.connections))
            asked = request("GET", f"/api/v1/query?settings={FOLLOWED}", token=self.tokens[instance])
            try:
                [(status, _, answer)] = self.connections[instance].ask(asked)
            except OSError:
                status = 0
            if status == 200:
                return self.note(json.loads(answer)["settings"][FOLLOWED]["default_value"])
            if status not in (0, 503):
                self.fail(f"a follower got {status} {answer!r}")
            time.sleep(0.01)


def wait_for_copies(copies, wanted, is_excused, is_over, limit=STEPS):
    """Waits until all followers know a number; returns the problem if one does not.

    copies: what each follower knows. wanted: gives the acknowledged number, which changes if the database does. is_excused: whether there is
    an outage, so that the time does not count. limit: the number of steps to wait."""
    steps = 0
    while not is_over():
        number = wanted()
        behind = [index for index, copy in enumerate(copies) if copy != number]
        if not behind:
            return None
        steps = 0 if is_excused() else steps + 1
        if steps > limit and wanted() == number:
            return (f"{UNTOLD}: change {number} of {FOLLOWED} is acknowledged, and follower "
                    + " and ".join(f"{index} knows {copies[index]}" for index in behind))
        time.sleep(STEP)
    return None
