"""The servers of a benchmark: PostgreSQL, the service and nginx. Each listens only on this machine and ends with the benchmark."""
import contextlib
import glob
import http.client
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from processes import descendants

SECONDS_TO_START = 120


@contextlib.contextmanager
def workplace():
    """A directory on disk, and not in memory, so that writes of PostgreSQL have their real cost. Ctrl-C and SIGTERM delete it, too."""
    for number in [signal.SIGINT, signal.SIGTERM]:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="heksher-bench-", dir="/var/tmp") as directory:
        os.chmod(directory, 0o755)
        yield pathlib.Path(directory)


def user_for(*names):
    """The user for a server that should not, or refuses to, run as root: the first of these users that exists."""
    if os.getuid() != 0:
        return None
    for name in names:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    sys.exit(f"There is no user {' or '.join(names)} to run a server as")


def as_user(user):
    """The arguments of subprocess.Popen for this user."""
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def own_directory(path, user):
    path.mkdir(mode=0o700)
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that the benchmark has started."""

    def __init__(self, name, command, log, stop=signal.SIGTERM, **arguments):
        self.name, self.log, self.signal = name, log, stop
        with open(log, "ab") as output:
            # Ctrl-C must only reach the benchmark, which then stops its servers in order.
            self.process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                **arguments)
        self.pid = self.process.pid

    def pids(self):
        return [self.pid, *descendants(self.pid)]

    def wait_until(self, is_ready, pause=0.01):
        deadline = time.monotonic() + SECONDS_TO_START
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                sys.exit(f"{self.name} did not start:\n" + pathlib.Path(self.log).read_text(errors="replace")[-2000:])
            time.sleep(pause)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(self.signal)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Postgres(Server):
    """A new cluster with PostgreSQL's defaults. It listens only on a Unix socket."""

    def __init__(self, directory):
        programs = glob.glob("/usr/lib/postgresql/*/bin") or [os.path.dirname(shutil.which("postgres") or "")]
        self.programs = pathlib.Path(max(programs, key=lambda path: [int(part) for part in path.split("/") if part.isdigit()]))
        user = user_for("postgres", "nobody")
        self.home = own_directory(directory / "postgres", user)
        data, self.socket = self.home / "data", self.home
        made = subprocess.run(
            [self.programs / "initdb", "--pgdata", data, "--auth", "trust", "--username", "postgres", "--encoding", "UTF8",
             "--locale", "C.UTF-8"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=self.home,
            **as_user(user))
        if made.returncode != 0:
            sys.exit(f"initdb failed:\n{made.stderr}")
        self.arguments_to_start = (
            "PostgreSQL", [self.programs / "postgres", "-D", data, "-k", self.socket, "-c", "listen_addresses="],
            directory / "postgres.log", signal.SIGINT), {"cwd": self.home, **as_user(user)}
        self.start()
        self.version = self.sql("SHOW server_version").split()[0]

    def start(self):
        positional, named = self.arguments_to_start
        super().__init__(*positional, **named)
        self.wait_until(lambda: self.command("pg_isready", "--quiet", check=False).returncode == 0)

    def restart(self):
        self.stop()
        self.start()

    @property
    def connection_string(self):
        return f"postgresql://postgres@/postgres?host={self.socket}"

    def arguments(self, program):
        return [str(self.programs / program), "--host", str(self.socket), "--username", "postgres"]

    def command(self, program, *arguments, check=True, **options):
        done = subprocess.run([*self.arguments(program), *map(str, arguments)], capture_output=True, text=True, **options)
        if check and done.returncode != 0:
            sys.exit(f"{program} failed:\n{done.stderr}")
        return done

    def sql(self, text):
        """The text that a statement returns, or several in one transaction."""
        return self.command(
            "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", "postgres",
            input=text).stdout.strip()


class Heksher(Server):
    """The service, with a database that `heksher migrate` has prepared."""

    def __init__(self, program, postgres, log):
        self.address = ("127.0.0.1", free_port())
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("HEKSHER_") and name not in ("SENTRY_DSN", "DOC_ONLY", "PORT")}
        environment["HEKSHER_DB_CONNECTION_STRING"] = postgres.connection_string
        self.started = time.monotonic()
        super().__init__("heksher serve", [program, "serve", "--port", self.address[1]], log, env=environment)

    @staticmethod
    def migrate(program, postgres):
        subprocess.run([program, "migrate"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env=os.environ | {"HEKSHER_DB_CONNECTION_STRING": postgres.connection_string})

    def first_answer(self, target):
        """Waits for the first response, and returns the seconds since the start of the process."""
        def answers():
            try:
                return self.get(target)[0] == 200
            except OSError:
                return False
        self.wait_until(answers, pause=0.001)
        return time.monotonic() - self.started

    def get(self, target, headers={}, body=None):
        """The status, the length of the response including its head, the body, and the entity tag. A request with a body is a POST."""
        return get(self.address, target, headers, body)


class Nginx(Server):
    """nginx, which serves each body at the path of its name."""

    def __init__(self, directory):
        user = user_for("nobody")
        prefix = own_directory(directory / "nginx", user)
        prefix.chmod(0o755)
        self.bodies = prefix / "bodies"
        self.bodies.mkdir()
        self.address = ("127.0.0.1", free_port())
        template = (pathlib.Path(__file__).parent / "nginx.conf").read_text()
        (prefix / "nginx.conf").write_text(template.replace("@PORT@", str(self.address[1])))
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        super().__init__(
            "nginx", [program, "-p", prefix, "-c", prefix / "nginx.conf", "-e", "stderr"], directory / "nginx.log",
            stop=signal.SIGTERM, **as_user(user))
        self.wait_until(self.is_open)
        said = subprocess.run([program, "-v"], stderr=subprocess.PIPE, text=True).stderr
        self.version = said.strip().rpartition("/")[2]

    def is_open(self):
        with socket.socket() as probe:
            return probe.connect_ex(self.address) == 0

    def give(self, name, body):
        (self.bodies / name).write_bytes(body)


def get(address, target, headers={}, body=None):
    connection = http.client.HTTPConnection(*address, timeout=60)
    try:
        if body is None:
            connection.request("GET", target, headers=headers)
        else:
            connection.request("POST", target, body, headers | {"Content-Type": "application/json"})
        response = connection.getresponse()
        body = response.read()
        head = f"HTTP/1.1 {response.status} {response.reason}\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in response.getheaders()) + "\r\n"
        return response.status, len(head) + len(body), body, response.getheader("ETag")
    finally:
        connection.close()
