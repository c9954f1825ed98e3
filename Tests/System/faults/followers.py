"""Clients that follow changes during faults, and a writer that waits after each change until all of them know it."""
import random
import subprocess
import threading
import time

from lab.clusters import psql
from lab.connections import CarefulConnection, NotSent
from lab.following import FOLLOWED, ROLLED_BACK, Follower, wait_for_copies
from lab.ledger import Change
from lab.writers import FEATURE

FOLLOWERS = 3
PAUSE = 0.02
# Some faults delay everything for some seconds, and there are no resets that could hide a missing event.
STEPS = 1200
ROLLBACK = (f"BEGIN; UPDATE settings SET default_value = '1' WHERE name = '{ROLLED_BACK}'; SET CONSTRAINTS ALL IMMEDIATE; "
            "SELECT pg_sleep(0.02); ROLLBACK;")


class Following:
    """All followers and their writer."""

    def __init__(self, stage, workload, seed, port=None, reader_port=None):
        """port: where the followers open their streams, if not at the service. reader_port: where they read."""
        self.workload, self.copies = workload, [0] * FOLLOWERS
        own = stage.service.port
        self.followers = [
            Follower([port or own], [""], number, seed, lambda: workload.is_over, lambda value, number=number: self.note(number, value),
                     workload.fail, [reader_port or own]) for number in range(FOLLOWERS)]
        self.writer = FollowedWriter(stage, workload, self.copies, seed)
        self.threads = [threading.Thread(target=self.guard, args=(worker.work,), daemon=True)
                        for worker in [self.writer, *self.followers]]

    def note(self, number, value):
        self.copies[number] = value

    def guard(self, work):
        try:
            work()
        except Exception as error:
            self.workload.fail(f"a follower or its writer ended: {error!r}")
            raise

    def start(self):
        for name in [ROLLED_BACK, FOLLOWED]:
            while not self.writer.declare(name, 0):
                pass
        for thread in self.threads:
            thread.start()

    def stop(self):
        for thread in self.threads:
            thread.join(60)

    def summary(self):
        return (f"  {len(self.followers)} followers got all of {self.writer.number} changes, in "
                f"{sum(follower.events for follower in self.followers):,} events, and none of {self.writer.rolled_back} rolled back")


class FollowedWriter:
    """Changes the followed setting through the service, and rolls back changes of another one by SQL."""

    def __init__(self, stage, workload, copies, seed):
        self.stage, self.workload, self.copies = stage, workload, copies
        self.random, self.connection = random.Random(f"{seed} followed"), CarefulConnection(workload.port)
        self.number, self.rolled_back = 0, 0

    def work(self):
        while not self.workload.is_over:
            if self.workload.calm is not None and self.random.random() < 0.1:
                self.roll_back()
            while not self.declare(FOLLOWED, self.number + 1):
                if self.workload.is_over:
                    return
            self.number += 1
            problem = wait_for_copies(
                self.copies, lambda: self.number, lambda: self.workload.calm is None, lambda: self.workload.is_over, STEPS)
            if problem:
                self.workload.fail(problem)

    def declare(self, name, number):
        """Sets the default value of a setting; returns whether that is acknowledged. To repeat it does no harm."""
        changes, state = self.workload.ledger.entry(("setting", name)).changes, (f"1.{number}", number, {})
        if not changes or changes[-1].state != state:
            changes.append(Change(state, time.monotonic()))
        try:
            status, answer = self.connection.ask_json("POST", "/settings/declare", {
                "name": name, "configurable_features": [FEATURE], "type": "int", "default_value": number, "version": f"1.{number}"})
        except OSError:
            self.connection.close()
            status = 503
        except NotSent:
            status = 503
        if status == 200:
            changes[-1].acknowledged = time.monotonic()
            return True
        if status != 503:
            self.workload.fail(f"declaring {name} got {status} {answer!r}")
        self.workload.wait(PAUSE)
        return False

    def roll_back(self):
        session = subprocess.Popen(
            psql(self.stage.database.home, "heksher", self.stage.database.port), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, text=True)
        try:
            session.communicate(ROLLBACK, timeout=10)
            self.rolled_back += session.returncode == 0
        except subprocess.TimeoutExpired:
            # The server is frozen.
            session.kill()
            session.communicate()
