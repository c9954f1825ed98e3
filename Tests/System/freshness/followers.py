"""Clients that follow changes, and a writer that waits after each change until all of them know it."""
import time

from lab.following import FOLLOWED, ROLLED_BACK, Follower, wait_for_copies
from writers import SQLWriter, Unsure

FOLLOWERS = 4
OWNER = "followed"
# Ways in which a transaction changes a setting and does not commit.
ROLLBACKS = [
    "BEGIN; {} ROLLBACK;",
    "BEGIN; {} SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK;",
    "BEGIN; SAVEPOINT s; {} SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK TO s; COMMIT;",
    "BEGIN; {} PREPARE TRANSACTION 'rolled back'; ROLLBACK PREPARED 'rolled back';",
    "BEGIN; {} SET CONSTRAINTS ALL IMMEDIATE; SELECT 1 / 0; COMMIT;",
    "BEGIN; {} SET CONSTRAINTS ALL IMMEDIATE; SELECT pg_terminate_backend(pg_backend_pid());",
]


class FollowedWriter(SQLWriter):
    """Changes the followed setting by SQL, in all ways, and then waits for the followers. In between, it rolls changes back."""

    def __init__(self, run, owner, seed):
        super().__init__(run, owner, seed)
        self.place = next(place for place in run.places if place.settings == [FOLLOWED])

    def work(self):
        while not self.run.is_over.value:
            with self.run.gates[self.owner]:
                if self.random.random() < 0.3:
                    self.roll_back()
                self.step()
            problem = wait_for_copies(
                self.run.copies, lambda: self.run.progress.acknowledged[self.place.index],
                lambda: self.run.outage_end.value == float("inf"), lambda: self.run.is_over.value)
            if problem:
                self.run.fail(problem)

    def roll_back(self):
        statement = f"UPDATE public.settings SET default_value = '{time.monotonic_ns()}' WHERE name = '{ROLLED_BACK}';"
        try:
            self.execute(self.random.choice(ROLLBACKS).replace("{}", statement))
            self.execute("ROLLBACK; ROLLBACK PREPARED 'rolled back'")
        except Unsure:
            pass
        self.run.count("rolled back")


class FollowerOfRun:
    """A follower in a process of its own."""

    def __init__(self, run, number, seed):
        def note(value):
            run.copies[number] = value
        names = list(run.ports)
        self.follower = Follower(
            [run.stream_ports[name] for name in names], [run.tokens[name][0].text for name in names], number, seed,
            lambda: run.is_over.value, note, run.fail, [run.follower_ports[name] for name in names])

    def work(self):
        self.follower.work()

