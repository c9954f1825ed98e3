"""PostgreSQL servers that a check starts, stops, kills, freezes, copies and promotes."""
import contextlib
import glob
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys

from .ports import free_port
from .processes import process_tree, signal_all
from .waiting import wait_until

SECONDS_TO_START = 60


def _programs():
    """The directory of the newest PostgreSQL's programs."""
    found = glob.glob("/usr/lib/postgresql/*/bin") or [os.path.dirname(shutil.which("postgres") or "")]
    return pathlib.Path(max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", path)]))


def _user():
    """The user for PostgreSQL, which refuses to run as root; empty to run it as the user of the check."""
    if os.getuid() != 0:
        return {}
    for name in ["postgres", "nobody"]:
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    sys.exit("PostgreSQL needs a user other than root, and there is neither postgres nor nobody")


PROGRAMS, USER = _programs(), _user()


def psql(host, database, port=5432, user="postgres"):
    """The command psql, which reads statements from its input and prints values without decoration."""
    return [PROGRAMS / "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--host", str(host), "--port", str(port),
            "--username", user, database]


class Cluster:
    """A PostgreSQL server on a cluster in a directory of its own. Its socket is in the directory; it has no TCP port."""

    port = 5432
    # The environment of the server's programs; None for that of the check.
    environment = None

    def __init__(self, directory, settings=""):
        self.home, self.data = directory, directory / "data"
        directory.mkdir(mode=0o700)
        if USER:
            os.chown(directory, USER["user"], USER["group"])
        self.make()
        # A check kills servers, not the machine: files that are written are kept without fsync.
        with open(self.data / "postgresql.conf", "a") as configuration:
            configuration.write(
                f"listen_addresses = ''\nunix_socket_directories = '{self.home}'\nfsync = off\n"
                f"max_prepared_transactions = 10\ndeadlock_timeout = 200ms\n{settings}")
        self.start()

    def make(self):
        self._run("initdb", "--pgdata", self.data, "--auth", "trust", "--username", "postgres", "--encoding", "UTF8",
                  "--locale", "C.UTF-8", "--no-sync")

    def _run(self, program, *arguments, check=True):
        done = subprocess.run(
            [PROGRAMS / program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, cwd=self.home, env=self.environment, **USER)
        if check and done.returncode != 0:
            sys.exit(f"{program} failed:\n{done.stdout}")
        return done.returncode == 0

    def _control(self, *arguments, check=True):
        return self._run("pg_ctl", "--pgdata", self.data, "--log", self.home / "log", "--wait", *arguments, check=check)

    def start(self):
        # After a kill, the old processes may need a moment to end.
        if not wait_until(lambda: self._control("start", check=False), SECONDS_TO_START, 0.05):
            self._control("start")

    def stop(self, mode="fast"):
        self._control("--mode", mode, "stop")

    def stop_if_running(self):
        if self.is_running():
            self.stop("immediate")

    def restart(self):
        self._control("--mode", "fast", "restart")

    def is_running(self):
        return self._control("status", check=False)

    def is_ready(self):
        """Whether the server accepts connections."""
        return self._run("pg_isready", "--host", self.home, "--port", self.port, check=False)

    @property
    def pid(self):
        """The server's first process."""
        return int((self.data / "postmaster.pid").read_text().split("\n")[0])

    def kill(self):
        """Kills the server's first process. The others notice it and end."""
        os.kill(self.pid, signal.SIGKILL)

    def kill_all(self):
        """Kills all processes at the same time, so that none can write anything after the others ended."""
        pids = process_tree(self.pid)
        signal_all(pids, signal.SIGSTOP)
        signal_all(pids, signal.SIGKILL)
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))

    def freeze(self):
        signal_all(process_tree(self.pid), signal.SIGSTOP)

    def thaw(self):
        signal_all(process_tree(self.pid), signal.SIGCONT)

    def log_count(self, text):
        """How often the server's log contains a text."""
        return (self.home / "log").read_text(errors="replace").count(text)

    def sql(self, text, database="heksher"):
        """Runs statements, each in a transaction of its own; returns the rows of the last as text."""
        done = subprocess.run(
            [*psql(self.home, database, self.port), "--set", "ON_ERROR_STOP=1"], input=text, text=True, capture_output=True)
        if done.returncode != 0:
            sys.exit(f"psql failed:\n{text}\n{done.stderr}")
        return done.stdout.strip()

    def create_database(self):
        self.sql("CREATE DATABASE heksher", "postgres")

    def close(self, database):
        """Ends all connections to a database, and refuses new ones."""
        self.sql(
            f"ALTER DATABASE {database} ALLOW_CONNECTIONS false;\n"
            f"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = '{database}'", "postgres")

    def open(self, database):
        """Accepts connections to a database again."""
        self.sql(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true", "postgres")

    def backup(self):
        """The output of pg_dump: a script that creates the database as it is at one moment."""
        return subprocess.run(
            [PROGRAMS / "pg_dump", "--host", self.home, "--port", str(self.port), "--username", "postgres", "heksher"], text=True,
            stdout=subprocess.PIPE, check=True).stdout

    def restore(self, backup):
        """Replaces the database by the one of a backup."""
        self.sql("DROP DATABASE IF EXISTS heksher;\nCREATE DATABASE heksher", "postgres")
        self.sql(backup)


class Standby(Cluster):
    """A server that replicates another one until it is promoted."""

    def __init__(self, directory, primary, *arguments, **named):
        self.primary = primary
        super().__init__(directory, *arguments, **named)

    def make(self):
        source = f"host={self.primary.home} port={self.primary.port} user=postgres application_name={self.home.name}"
        self._run("pg_basebackup", "--pgdata", self.data, "--dbname", source, "--write-recovery-conf", "--no-sync",
                  "--checkpoint", "fast")
        # Drop the primary's ALTER SYSTEM settings, such as the name of its synchronous standby.
        (self.data / "postgresql.auto.conf").write_text(f"primary_conninfo = '{source}'\n")

    def promote(self):
        self._control("promote")


class LoopbackCluster(Cluster):
    """A server with a TCP port on the loopback address."""

    def __init__(self, directory, settings="", environment=None, port=None):
        self.port = port or free_port()
        if environment:
            self.environment = os.environ | environment
        super().__init__(directory, "\n".join([
            "listen_addresses = '127.0.0.1'", f"port = {self.port}", "deadlock_timeout = 50ms", "max_connections = 60", settings]))

    def connection_string(self):
        return f"postgresql://postgres@127.0.0.1:{self.port}/heksher"


class LoopbackStandby(Standby, LoopbackCluster):
    """A standby with a TCP port on the loopback address."""
