"""The events that the check causes at the database while clients read and write."""
import time

from ddl import DefinitionChanges
from lab.clusters import Standby
from lab.waiting import wait_until
from places import RuleValue
from progress import EPOCH

# Seconds between two steps of an event.
PAUSE = 0.5


class Events:
    """Restarts, kills, swaps, promotions and alterations of the database."""

    def __init__(self, run, clusters, link):
        self.run, self.link, self.clusters = run, link, clusters
        self.cluster, self.other = clusters
        self.counts = dict.fromkeys(
            ["restarts", "kills", "swaps by renaming", "swaps of clusters", "promotions", "changes by DDL"], 0)
        self.definitions = DefinitionChanges(run, self.pause, self.wait)

    def outage(self, change):
        """Makes a change during which the database is unavailable."""
        self.run.outage_end.value = float("inf")
        change()
        self.run.outage_end.value = time.monotonic()

    def swap(self, numbers, change):
        """Replaces the database by another one. numbers: the numbers of its places. Returns the numbers of the former database."""
        def swap():
            self.run.progress.epoch.value += 1
            self.outage(change)
            self.run.progress.set(numbers)
            self.run.progress.epoch.value += 1
        return self.pause(swap)

    def pause(self, change):
        """Makes a change while no writer works; returns the numbers of all places at that time."""
        for gate in self.run.gates.values():
            gate.acquire()
        numbers = self.run.progress.all()
        change()
        for gate in self.run.gates.values():
            gate.release()
        return numbers

    def wait(self):
        """Lets writers and readers work for a while."""
        wait_until(lambda: self.run.is_over.value, PAUSE, 0.02)

    def edit(self, cluster, database, numbers):
        """Changes some values in a database that no instance uses; returns the numbers of all places there."""
        numbers, edited = list(numbers), [place for place in self.run.places if isinstance(place, RuleValue)][::4]
        for place in edited:
            numbers[place.index] = (self.run.progress.epoch.value + 1) * EPOCH + place.index
            cluster.sql(f"UPDATE rules SET value = '{numbers[place.index]}' WHERE id = {place.rule}", database)
        return numbers

    # MARK: Events

    def restart(self):
        self.outage(self.cluster.restart)
        self.counts["restarts"] += 1

    def kill(self):
        def kill():
            self.cluster.kill()
            self.cluster.start()
        self.outage(kill)
        self.counts["kills"] += 1

    def rename(self):
        """Copies the database, changes the copy, swaps the two by renaming them, and then swaps them back."""
        cluster = self.cluster

        def make_copy():
            cluster.close("heksher")
            cluster.sql("CREATE DATABASE heksher_other TEMPLATE heksher", "postgres")
            cluster.open("heksher")

        def rename():
            cluster.close("heksher")
            cluster.sql("ALTER DATABASE heksher RENAME TO heksher_third;\n"
                        "ALTER DATABASE heksher_other RENAME TO heksher;\n"
                        "ALTER DATABASE heksher_third RENAME TO heksher_other", "postgres")
            cluster.open("heksher")

        numbers = self.pause(lambda: self.outage(make_copy))
        cluster.open("heksher_other")
        self.wait()
        numbers = self.edit(cluster, "heksher_other", numbers)
        for _ in range(2):
            numbers = self.swap(numbers, rename)
            self.counts["swaps by renaming"] += 1
            self.wait()
        cluster.sql("DROP DATABASE heksher_other", "postgres")

    def replace(self):
        """Restores a backup in the other cluster, changes it there, and points the connection string to it."""
        former, cluster = self.cluster, self.other

        def point():
            point_to(self.link, cluster)
            former.stop()

        numbers = self.pause(lambda: cluster.restore(former.backup()))
        self.wait()
        self.swap(self.edit(cluster, "heksher", numbers), point)
        self.counts["swaps of clusters"] += 1
        self.cluster, self.other = cluster, former
        self.wait()
        former.start()

    def promote(self):
        """Kills the primary and promotes its standby."""
        former = self.cluster
        standby = Standby(self.link.parent / f"standby{self.counts['promotions']}", former)
        position = "SELECT pg_current_wal_insert_lsn()"

        def fail_over():
            wanted = former.sql(position, "postgres")
            wait_until(lambda: standby.sql(f"SELECT pg_last_wal_replay_lsn() >= '{wanted}'", "postgres") == "t")
            former.kill()
            standby.promote()
            point_to(self.link, standby)

        self.pause(lambda: self.outage(fail_over))
        self.cluster = standby
        self.clusters.append(standby)
        self.counts["promotions"] += 1

    def alter(self):
        self.counts["changes by DDL"] += 1
        return self.definitions.one(self.cluster)

    def inherit(self):
        self.counts["changes by DDL"] += 3
        return self.definitions.inherit(self.cluster)


def point_to(link, cluster):
    """Points a link, which is the host of the connection string, to the directory of a cluster."""
    new = link.with_suffix(".new")
    new.symlink_to(cluster.home)
    new.rename(link)
