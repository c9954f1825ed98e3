"""PostgreSQL clusters that stop, crash and take each other's place behind one connection string."""
import contextlib
import glob
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import time

SECONDS_TO_START = 60


def _programs():
    found = glob.glob("/usr/lib/postgresql/*/bin") or [os.path.dirname(shutil.which("postgres") or "")]
    return pathlib.Path(max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", path)]))


def _user():
    """Who runs PostgreSQL, which will not run as root."""
    if os.getuid() != 0:
        return {}
    for name in ["postgres", "nobody"]:
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    sys.exit("There is no user postgres or nobody to run PostgreSQL as")


PROGRAMS, USER = _programs(), _user()


class Cluster:
    """A cluster in a directory of its own, with its socket in it."""

    port = 5432
    # What its programs find in their environment.
    environment = None

    def __init__(self, directory, settings=""):
        self.home, self.data = directory, directory / "data"
        directory.mkdir(mode=0o700)
        if USER:
            os.chown(directory, USER["user"], USER["group"])
        self.make()
        # The machine does not crash with the cluster, so that what is written is not lost.
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
        # What is left of a cluster that was killed may stand in the way for a moment.
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._control("start", check=time.monotonic() > deadline):
            time.sleep(0.05)

    def stop(self, mode="fast"):
        self._control("--mode", mode, "stop")

    def restart(self):
        self._control("--mode", "fast", "restart")

    def kill(self):
        """Kills the server's first process; the others end when they notice."""
        os.kill(int((self.data / "postmaster.pid").read_text().split("\n")[0]), 9)

    def is_running(self):
        return self._control("status", check=False)

    def sql(self, text, database="heksher"):
        """Runs statements, each a transaction of its own, and gives what the last returns as text."""
        done = subprocess.run(
            [*psql(self.home, database, self.port), "--set", "ON_ERROR_STOP=1"], input=text, text=True, capture_output=True)
        if done.returncode != 0:
            sys.exit(f"psql failed:\n{text}\n{done.stderr}")
        return done.stdout.strip()

    def close(self, database):
        """Cuts all connections to a database, and lets none in."""
        self.sql(
            f"ALTER DATABASE {database} ALLOW_CONNECTIONS false;\n"
            f"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = '{database}'", "postgres")

    def open(self, database):
        self.sql(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true", "postgres")

    def dump(self, other):
        """Makes another cluster's database a copy of this one's."""
        other.restore(self.backup())

    def backup(self):
        """A script that makes the database anew, as it is at one moment."""
        return subprocess.run(
            [PROGRAMS / "pg_dump", "--host", self.home, "--port", str(self.port), "--username", "postgres", "heksher"], text=True,
            stdout=subprocess.PIPE, check=True).stdout

    def restore(self, backup):
        self.sql("DROP DATABASE IF EXISTS heksher;\nCREATE DATABASE heksher", "postgres")
        self.sql(backup)


def psql(host, database, port=5432):
    return [PROGRAMS / "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--host", str(host), "--port", str(port),
            "--username", "postgres", database]
