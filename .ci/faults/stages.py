"""What stands where while faults happen, and the faults that can happen there."""
import contextlib
import os
import pathlib
import shutil
import struct
import subprocess
import time

from freshness.clusters import USER, psql

from . import proxy
from .proxy import Proxy
from .servers import Database, Pooler, Service, Standby

MEGABYTE = 1 << 20


def harmless(fault):
    """A fault that nobody may notice: what is asked meanwhile succeeds."""
    fault.is_harmless = True
    return fault


class Stage:
    """A service on a database, and a way between them."""

    # What it takes besides what is here always.
    needs = None

    def __init__(self, heksher, directory):
        self.directory, self.stack = directory, contextlib.ExitStack()
        directory.mkdir()
        directory.chmod(0o755)
        self.heksher, self.environment = heksher, None
        self.prepare()
        self.database.sql("CREATE DATABASE heksher", "postgres")
        self.service = Service(heksher, self.connection_string(), directory / "heksher.log", self.environment)
        self.stack.callback(self.service.stop)

    def prepare(self):
        self.database = self.own(Database(self.directory / "database"))
        self.proxy = Proxy(self.database.port)
        self.stack.callback(self.proxy.stop)

    def own(self, cluster):
        def stop():
            if cluster.is_running():
                cluster.thaw()
                cluster.stop("immediate")
        self.stack.callback(stop)
        return cluster

    def connection_string(self):
        return f"postgresql://postgres@127.0.0.1:{self.proxy.port}/heksher"

    def faults(self):
        """By their names, in order."""
        return {name.replace("_", " "): getattr(self, name) for name in self.FAULTS}

    def wait(self, seconds):
        time.sleep(seconds)

    def sql(self, text):
        return self.database.sql(text)

    def said(self, what):
        """How often PostgreSQL said something."""
        return (self.database.home / "log").read_text(errors="replace").count(what)

    # Faults that can happen on every stage.

    def server_killed(self):
        self.database.kill_all()
        self.wait(0.3)
        self.database.start()

    def server_restarted(self):
        self.database.restart()

    def connections_terminated(self):
        """By the administrator, one by one."""
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
        """By somebody else, the moment that the service loses its own."""
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
            self.during(proxy.WITHOUT_ANSWERS, 0.02)
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
        """Somebody locks rules and then their setting, where the service locks the setting first."""
        before, end = self.said("deadlock detected"), time.monotonic() + 3
        script = """BEGIN; UPDATE rules SET value = value WHERE setting = 'shared'; SELECT pg_sleep(0.01);
            UPDATE settings SET version = version WHERE name = 'shared'; COMMIT; SELECT pg_sleep(0.05);\n"""
        while time.monotonic() < end:
            subprocess.run(psql(self.database.home, "heksher", self.database.port), input=script * 5, text=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return f"{self.said('deadlock detected') - before} deadlocks"

    def serialization_failures(self):
        """All transactions are serializable for a while, so that those that meet fail."""
        before = self.said("could not serialize")
        self.isolate("SET default_transaction_isolation = 'serializable'")
        self.wait(3)
        self.isolate("RESET default_transaction_isolation")
        return f"{self.said('could not serialize') - before} failures to serialize"

    def isolate(self, how):
        self.sql(f"ALTER DATABASE heksher {how}")
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'heksher'")


class Pooled(Stage):
    """PgBouncer in transaction mode in between."""

    needs = "pgbouncer"
    FAULTS = ["pooler_killed", "server_killed", "connections_terminated", "service_killed"]

    def prepare(self):
        self.database = self.own(Database(self.directory / "database"))
        self.pooler = Pooler(self.directory / "pooler", self.database)
        self.stack.callback(self.pooler.stop)

    def connection_string(self):
        return f"postgresql://postgres@127.0.0.1:{self.pooler.port}/heksher"

    def pooler_killed(self):
        self.pooler.kill()
        self.wait(0.3)
        self.pooler.start()


class Paired(Stage):
    """A primary and a synchronous standby, both named by the connection string. A server that comes back does so as a standby."""

    FAULTS = ["primary_frozen", "primary_killed", "primary_stopped"]

    def prepare(self):
        self.database = self.own(Database(self.directory / "server0"))
        self.former, self.standby = None, self.own(Standby(self.directory / "server1", self.database))
        self.count = 1
        self.pair()
        self.hosts = ",".join(f"127.0.0.1:{cluster.port}" for cluster in [self.database, self.standby])

    def rejoin(self):
        """Makes the former primary, if there is one, a standby at the address that it had."""
        if self.former:
            if self.former.is_running():
                self.former.kill_all()
            self.count += 1
            self.standby = self.own(Standby(self.directory / f"server{self.count}", self.database, self.former.port))
            self.pair()

    def pair(self):
        """Lets every change wait for the standby."""
        self.database.sql("ALTER SYSTEM SET synchronous_standby_names = '*';\nSELECT pg_reload_conf()", "postgres")
        while self.database.sql("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", "postgres") != "1":
            time.sleep(0.05)

    def connection_string(self):
        return f"postgresql://postgres@{self.hosts}/heksher?target_session_attrs=read-write"

    def fail_over(self):
        """Makes the standby the primary, as a supervisor would."""
        self.standby.promote()
        self.database, self.former = self.standby, self.database

    def primary_killed(self):
        self.rejoin()
        self.database.kill_all()
        self.wait(0.5)
        self.fail_over()

    def primary_frozen(self):
        """It is out of reach, and takes connections all the same."""
        self.rejoin()
        self.database.freeze()
        self.wait(0.5)
        self.fail_over()

    def primary_stopped(self):
        self.rejoin()
        self.database.stop()
        self.fail_over()


class Full(Stage):
    """PostgreSQL on a disk that can be filled up."""

    needs = "mount"
    FAULTS = ["disk_full"]

    def prepare(self):
        place = self.directory / "disk"
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m,mode=0755", "tmpfs", place], check=True)
        self.stack.callback(subprocess.run, ["umount", "--lazy", place])
        self.filler = place / "filler"
        self.database = self.own(Database(place / "database", "max_wal_size = 32MB\nmin_wal_size = 32MB\n"))
        self.proxy = Proxy(self.database.port)
        self.stack.callback(self.proxy.stop)

    def disk_full(self):
        with open(self.filler, "wb", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(bytes(1 << 16)):
                pass
        # Tables grow until there is no place left for them, or for what is written ahead of them.
        self.wait(4)
        self.filler.unlink()
        if not self.database.is_running():
            self.database.start()
        else:
            self.database.wait_until_ready()
        return f"{self.said('No space left on device')} times no space left"


class Clocks(Stage):
    """Clocks of the service and of PostgreSQL that jump, each by itself."""

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
        self.database = self.own(Database(self.directory / "database", environment=self.clock("server")))
        self.proxy = Proxy(self.database.port)
        self.stack.callback(self.proxy.stop)

    def clock(self, name):
        return {"LD_PRELOAD": str(self.library), "CLOCK_OFFSET": str(self.files[name])}

    def turn(self, name, seconds):
        # In place, since the file is mapped.
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
    """What a stage needs that this machine lacks."""
    match need:
        case "mount":
            return os.getuid() != 0 or subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode != 0
        case "clang":
            return shutil.which("clang") is None
        case "pgbouncer":
            return shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin") is None
    return False
