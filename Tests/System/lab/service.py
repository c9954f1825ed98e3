"""`heksher serve` as a process that a check starts, stops and kills."""
import os
import subprocess
import sys

from .ports import free_port, is_open
from .waiting import wait_until

# The environment of the check without the variables that configure the service.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if not name.startswith("HEKSHER_") and name not in ("SENTRY_DSN", "DOC_ONLY", "PORT")}


class Service:
    """An instance of the service. It keeps its port when the check starts it again."""

    def __init__(self, program, connection_string, log, environment=None, migrates=True, port=None):
        """log: the file for the output. environment: further variables. migrates: whether to migrate the database before."""
        self.program, self.log, self.port = program, log, port or free_port()
        self.environment = ENVIRONMENT | (environment or {}) | {
            "HEKSHER_DB_CONNECTION_STRING": connection_string, "HEKSHER_LOG_LEVEL": "warning"}
        self.process = None
        if migrates:
            self.migrate()
        self.start()

    def migrate(self, *arguments):
        """Runs `heksher migrate`; returns its output."""
        done = subprocess.run([self.program, "migrate", *arguments], env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"heksher migrate failed:\n{done.stderr}")
        return done.stdout

    def start(self):
        """Starts the service, and waits until it accepts connections."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "serve", "--port", str(self.port)], env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
        if not wait_until(lambda: is_open(self.port) or self.process.poll() is not None) or self.process.poll() is not None:
            self.stop()
            sys.exit(f"heksher serve did not start.\n{self.last_output()}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def terminate(self):
        """Stops the service as an operator does, and ends the check if it does not exit with status 0."""
        self.process.terminate()
        if status := self.process.wait(60):
            sys.exit(f"heksher serve ended with status {status}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def last_output(self):
        """The status and the end of the log, for the report of a problem."""
        return (f"The last output of heksher serve at port {self.port} (status {self.process.poll()}):\n"
                + self.log.read_text(errors="replace")[-3000:])
