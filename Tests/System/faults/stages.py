"""The stages of the check: each has a service and a database, and the faults that can happen to them."""
import contextlib
import os
import pathlib
import shutil
import struct
import subprocess
import time

import proxy
from lab.clusters import LoopbackCluster, LoopbackStandby, psql
from lab.service import Service
from lab.waiting import wait_until
from pooler import PROGRAM, Pooler
from proxy import Proxy


def harmless(fault):
    """Marks a fault during which every request must succeed."""
    fault.is_harmless = True
    return fault


class Stage:
    """A service, a database, and a network between them."""

    # A further program or right that the stage needs.
    needs = None

    def __init__(self, heksher, directory):
        self.directory, self.stack = directory, contextlib.ExitStack()
        directory.mkdir()
        directory.chmod(0o755)
        self.heksher, self.environment = heksher, None
        self.prepare()
        self.database.create_database()
        self.service = Service(heksher, self.connection_string(), directory / "heksher.log", self.environment)
        self.stack.callback(self.service.stop)

    def prepare(self):
        self.database = self.own(LoopbackCluster(self.directory / "database"))
        self.proxy = Proxy(self.database.port)
        self.stack.callback(self.proxy.stop)

    def own(self, cluster):
        """Stops a cluster at the end of the stage."""
        def stop():
            if cluster.is_running():
                cluster.thaw()
                cluster.stop("immediate")
        self.stack.callback(stop)
        return cluster

    def connection_string(self):
        return f"postgresql://postgres@127.0.0.1:{self.proxy.port}/heksher"

    def faults(self):
        """The functions that cause the faults, by name, in the order of the first round."""
        return {name.replace("_", " "): getattr(self, name) for name in self.FAULTS}

    def wait(self, seconds):
        time.sleep(seconds)

    def sql(self, text):
        return self.database.sql(text)

    # MARK: Faults that can happen on every stage

    def server_killed(self):
        self.database.kill_all()
        self.wait(0.3)
        self.database.start()

    def server_restarted(self):
        self.database.restart()

    def connections_terminated(self):
        """An administrator ends connections, one by one."""
        for _ in range(40):
            self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'heksher' "
                     "ORDER BY random() LIMIT 1")

    def service_killed(self):
        self.service.kill()
        self.wait(0.2)
        self.service.start()

    def service_stopped(self):
        self.service.terminate()
        self.service.start()


class Plain(Stage):
    """The service and PostgreSQL, with a network between them."""

    FAULTS = ["server_killed", "server_restarted", "server_frozen", "service_killed", "service_stopped",
              "connections_terminated", "connections_used_up", "network_cut", "network_silent", "network_slow", "network_down",
              "answers_lost", "table_locked", "deadlocks", "serialization_failures"]

    def server_frozen(self):
        self.database.freeze()
        self.wait(3)
        self.database.thaw()

    def connections_used_up(self):
        """Other clients take all connections at the moment that the service loses its own."""
        with contextlib.ExitStack() as others:
            for _ in range(60):
                others.callback(subprocess.Popen(
                    psql(self.database.home, "heksher", self.database.port), stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).communicate)
            self.wait(0.5)
            self.proxy.cut(20)
            self.wait(2)

    def network_cut(self):
        for _ in range(40):
            self.proxy.cut()
            self.wait(0.02)

    def network_silent(self):
        self.during(proxy.SILENT, 4)

    @harmless
    def network_slow(self):
        self.during(proxy.SLOW, 2)

    def network_down(self):
        self.during(proxy.CLOSED, 2)

    def answers_lost(self):
        for _ in range(10):
            self.during(proxy.TRUNCATING, 0.02)
            self.wait(0.2)

    def during(self, mode, seconds):
        self.proxy.set(mode)
        self.wait(seconds)
        self.proxy.set(proxy.OPEN)

    @harmless
    def table_locked(self):
        self.sql("BEGIN; LOCK TABLE rules IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(2); COMMIT")

    @harmless
    def deadlocks(self):
        """Another client locks rules and then their setting. The service locks the setting first."""
        before, end = self.database.log_count("deadlock detected"), time.monotonic() + 3
        script = """BEGIN; UPDATE rules SET value = value WHERE setting = 'shared'; SELECT pg_sleep(0.01);
            UPDATE settings SET version = version WHERE name = 'shared'; COMMIT; SELECT pg_sleep(0.05);\n"""
        while time.monotonic() < end:
            subprocess.run(psql(self.database.home, "heksher", self.database.port), input=script * 5, text=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return f"{self.database.log_count('deadlock detected') - before} deadlocks"

    def serialization_failures(self):
        """All transactions are serializable for a while, so that concurrent ones fail."""
        before = self.database.log_count("could not serialize")
        self.isolate("SET default_transaction_isolation = 'serializable'")
        self.wait(3)
        self.isolate("RESET default_transaction_isolation")
        return f"{self.database.log_count('could not serialize') - before} failures to serialize"

    def isolate(self, command):
        self.sql(f"ALTER DATABASE heksher {command}")
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'heksher'")


class Pooled(Stage):
    """The service, PgBouncer in transaction mode, and PostgreSQL."""

    needs = "pgbouncer"
    FAULTS = ["pooler_killed", "server_killed", "connections_terminated", "service_killed"]

    def prepare(self):
        self.database = self.own(LoopbackCluster(self.directory / "database"))
        self.pooler = Pooler(self.directory / "pooler", self.database)
        self.stack.callback(self.pooler.stop)

    def connection_string(self):
        return f"postgresql://postgres@127.0.0.1:{self.pooler.port}/heksher"

    def pooler_killed(self):
        self.pooler.kill()
        self.wait(0.3)
        self.pooler.start()


class Paired(Stage):
    """The service, a primary and its synchronous standby. The connection string names both. A failed server returns as a standby."""

    FAULTS = ["primary_frozen", "primary_killed", "primary_stopped"]

    def prepare(self):
        self.database = self.own(LoopbackCluster(self.directory / "server0"))
        self.former, self.standby = None, self.own(LoopbackStandby(self.directory / "server1", self.database))
        self.count = 1
        self.pair()
        self.hosts = ",".join(f"127.0.0.1:{cluster.port}" for cluster in [self.database, self.standby])

    def rejoin(self):
        """Replaces the former primary, if there is one, by a standby at the same address."""
        if self.former:
            if self.former.is_running():
                self.former.kill_all()
            self.count += 1
            self.standby = self.own(LoopbackStandby(self.directory / f"server{self.count}", self.database, port=self.former.port))
            self.pair()

    def pair(self):
        """Makes every commit wait for the standby."""
        self.database.sql("ALTER SYSTEM SET synchronous_standby_names = '*';\nSELECT pg_reload_conf()", "postgres")
        count = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        wait_until(lambda: self.database.sql(count, "postgres") == "1", interval=0.05)

    def connection_string(self):
        return f"postgresql://postgres@{self.hosts}/heksher?target_session_attrs=read-write"

    def fail_over(self):
        """Promotes the standby, as a cluster manager does."""
        self.standby.promote()
        self.database, self.former = self.standby, self.database

    def primary_killed(self):
        self.rejoin()
        self.database.kill_all()
        self.wait(0.5)
        self.fail_over()

    def primary_frozen(self):
        """The primary accepts connections and does not respond."""
        self.rejoin()
        self.database.freeze()
        self.wait(0.5)
        self.fail_over()

    def primary_stopped(self):
        self.rejoin()
        self.database.stop()
        self.fail_over()


class Full(Stage):
    """The service, and PostgreSQL on a disk that fills up."""

    needs = "mount"
    FAULTS = ["disk_full"]

    def prepare(self):
        place = self.directory / "disk"
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m,mode=0755", "tmpfs", place], check=True)
        self.stack.callback(subprocess.run, ["umount", "--lazy", place])
        self.filler = place / "filler"
        self.database = self.own(LoopbackCluster(place / "database", "max_wal_size = 32MB\nmin_wal_size = 32MB\n"))
        self.proxy = Proxy(self.database.port)
        self.stack.callback(self.proxy.stop)

    def disk_full(self):
        with open(self.filler, "wb", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(bytes(1 << 16)):
                pass
        # Tables grow until there is no space for them or for the write-ahead log.
        self.wait(4)
        self.filler.unlink()
        if not self.database.is_running():
            self.database.start()
        else:
            wait_until(self.database.is_ready)
        return f"{self.database.log_count('No space left on device')} times no space left"


class Clocks(Stage):
    """The service and PostgreSQL, with wall clocks that jump independently."""

    needs = "clang"
    FAULTS = ["clock_of_the_service_jumps", "clock_of_the_server_jumps", "both_clocks_jump"]
    # Seconds.
    JUMPS = [3600, -86400, 864000, -30, 0]

    def prepare(self):
        self.library = self.directory / "clock.so"
        subprocess.run(["clang", "-O2", "-shared", "-fPIC", "-o", self.library, pathlib.Path(__file__).parent / "clock.c"],
                       check=True)
        self.files = {name: self.directory / name for name in ["service", "server"]}
        for name in self.files:
            self.turn(name, 0)
        self.environment = self.clock("service")
        self.database = self.own(LoopbackCluster(self.directory / "database", environment=self.clock("server")))
        self.proxy = Proxy(self.database.port)
        self.stack.callback(self.proxy.stop)

    def clock(self, name):
        return {"LD_PRELOAD": str(self.library), "CLOCK_OFFSET": str(self.files[name])}

    def turn(self, name, seconds):
        # Write in place: the programs have mapped the file.
        with open(self.files[name], "r+b" if self.files[name].exists() else "wb") as file:
            file.write(struct.pack("q", seconds))

    def jump(self, *names):
        for seconds in self.JUMPS:
            for name in names:
                self.turn(name, seconds)
            self.wait(0.6)

    @harmless
    def clock_of_the_service_jumps(self):
        self.jump("service")

    @harmless
    def clock_of_the_server_jumps(self):
        self.jump("server")

    @harmless
    def both_clocks_jump(self):
        self.jump("service", "server")


STAGES = {stage.__name__.lower(): stage for stage in [Plain, Pooled, Paired, Full, Clocks]}


def is_missing(need):
    """Whether this machine lacks a program or a right that a stage needs."""
    match need:
        case "mount":
            return os.getuid() != 0 or subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode != 0
        case "clang":
            return shutil.which("clang") is None
        case "pgbouncer":
            return PROGRAM is None
    return False
