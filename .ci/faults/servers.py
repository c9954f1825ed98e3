"""The processes that take part: PostgreSQL, its standby, a pooler and the service, each of which can be killed or frozen."""
import glob
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

from freshness.clusters import USER, Cluster

SECONDS_TO_START = 60
# What else the environment says is not meant for these services.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if not name.startswith("HEKSHER_") and name not in ("SENTRY_DSN", "DOC_ONLY", "PORT")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def family(pid):
    """A process and those it started, and so on."""
    parents = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = pathlib.Path(path).read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.split("/")[2]))
    found = [pid]
    for parent in found:
        found += parents.get(parent, [])
    return found


def signal_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


class Database(Cluster):
    """A cluster with a port on loopback."""

    def __init__(self, directory, settings="", environment=None, port=None):
        self.port = port or free_port()
        if environment:
            self.environment = os.environ | environment
        super().__init__(directory, f"""
            listen_addresses = '127.0.0.1'
            port = {self.port}
            deadlock_timeout = 50ms
            max_connections = 60
            {settings}""".replace("            ", ""))

    @property
    def pids(self):
        return family(int((self.data / "postmaster.pid").read_text().split("\n")[0]))

    def kill_all(self):
        """Kills all its processes at once, so that none can write down what another left."""
        pids = self.pids
        signal_all(pids, signal.SIGSTOP)
        signal_all(pids, signal.SIGKILL)
        while any(os.path.exists(f"/proc/{pid}") for pid in pids):
            time.sleep(0.01)

    def freeze(self):
        signal_all(self.pids, signal.SIGSTOP)

    def thaw(self):
        signal_all(self.pids, signal.SIGCONT)

    def connection_string(self):
        return f"postgresql://postgres@127.0.0.1:{self.port}/heksher"

    def wait_until_ready(self):
        while not self._run("pg_isready", "--host", self.home, "--port", self.port, check=False):
            time.sleep(0.02)


class Standby(Database):
    """A cluster that follows another one."""

    def __init__(self, directory, primary, port=None):
        self.primary = primary
        super().__init__(directory, port=port)

    def make(self):
        source = f"host={self.primary.home} port={self.primary.port} user=postgres application_name={self.home.name}"
        self._run("pg_basebackup", "--pgdata", self.data, "--dbname", source, "--write-recovery-conf", "--no-sync",
                  "--checkpoint", "fast")
        # Whom the other one waits for is not this one's affair.
        (self.data / "postgresql.auto.conf").write_text(f"primary_conninfo = '{source}'\n")

    def promote(self):
        self._control("promote")


class Pooler:
    """PgBouncer, in transaction mode."""

    def __init__(self, directory, database):
        self.port, self.home, self.process = free_port(), directory, None
        directory.mkdir(mode=0o755)
        self.configuration = directory / "pgbouncer.ini"
        self.configuration.write_text(f"""[databases]
heksher = host=127.0.0.1 port={database.port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
server_login_retry = 1
""")
        self.program = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
        self.start()

    def start(self):
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program, self.configuration], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home, **USER)
        wait_until(lambda: is_open(self.port), "pgbouncer", self.home / "log")

    def kill(self):
        self.process.kill()
        self.process.wait()

    stop = kill


class Service:
    """`heksher serve`, which keeps its port when it is started again."""

    def __init__(self, program, connection_string, log, environment=None, migrates=True):
        self.program, self.log, self.port = program, log, free_port()
        self.environment = ENVIRONMENT | (environment or {}) | {
            "HEKSHER_DB_CONNECTION_STRING": connection_string, "HEKSHER_LOG_LEVEL": "warning"}
        self.process = None
        if migrates:
            self.migrate()
        self.start()

    def migrate(self, *arguments):
        """Gives what the program says."""
        done = subprocess.run([self.program, "migrate", *arguments], env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"heksher migrate failed:\n{done.stderr}")
        return done.stdout

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "serve", "--port", str(self.port)], env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
        wait_until(lambda: is_open(self.port), "heksher serve", self.log)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def terminate(self):
        self.process.terminate()
        if status := self.process.wait(60):
            sys.exit(f"heksher serve ended with status {status}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def said(self):
        return (f"heksher serve, with status {self.process.poll()}, said last:\n"
                + self.log.read_text(errors="replace")[-3000:])


def wait_until(is_so, what, log):
    deadline = time.monotonic() + SECONDS_TO_START
    while not is_so():
        if time.monotonic() > deadline:
            sys.exit(f"{what} did not start:\n" + log.read_text(errors="replace")[-3000:])
        time.sleep(0.01)
