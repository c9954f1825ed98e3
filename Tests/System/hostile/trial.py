"""Runs a case, measures its cost for the service and for another client, and compares the cost with the bounds."""
import contextlib
import dataclasses
import threading
import time

from bystander import Bystander, percentile
from exchange import send
from meter import MEGABYTE, Meter

# The bounds: bytes of a refusal, seconds of CPU time, bytes of memory beyond those at rest, and seconds that another client waits
# (p99).
RESPONSE, CPU, MEMORY, WAIT = 64 * 1024, 0.4, 200 * MEGABYTE, 0.25
# How often a case runs that exceeds a bound. It fails if it exceeds one each time: other programs may have caused the others.
ATTEMPTS = 3
# Seconds after which the service must be idle again.
SECONDS_UNTIL_IDLE = 20
# Bytes of memory at which the check kills the service, to protect the machine.
FATAL_MEMORY = 2048 * MEGABYTE


@dataclasses.dataclass
class Figures:
    """The measured cost of a case, and its problems."""

    case: str
    framing: str
    sent: int
    status: str
    response: int
    cpu: float = 0
    memory: int = 0
    wait: float = 0
    problems: list = dataclasses.field(default_factory=list)
    # Whether the service has ended or is still busy, so that the check has to start it again.
    is_fatal: bool = False

    def __str__(self):
        name = self.case if self.framing == "none" else f"{self.case} ({self.framing})"
        return (f"{name:76} {self.sent / 1024:5.0f} KiB  {self.status:11} {self.response / 1024:7.1f} KiB "
                f"{self.cpu * 1000:6.0f} ms CPU {self.memory / MEGABYTE:5.0f} MB {self.wait * 1000:5.0f} ms wait")


class Laboratory:
    """A service, the meter of its process, and another client."""

    def __init__(self, database, service, targets, cpu_factor, attempts):
        self.database, self.service, self.port = database, service, service.port
        self.cpu_bound, self.attempts = CPU * cpu_factor, attempts
        self.bystander = Bystander(self.port, targets)
        self.begin()

    def begin(self):
        """Measures the service at rest."""
        self.meter = Meter(self.service.process.pid)
        self.cost = self.measure_cost()
        self.memory_at_rest = self.meter.memory()

    def start_again(self):
        self.service.kill()
        self.service.start()
        self.begin()

    @contextlib.contextmanager
    def measuring(self, meter):
        """Measures another process instead of the service."""
        former, self.meter = (self.meter, self.memory_at_rest), meter
        self.memory_at_rest = meter.memory()
        try:
            yield
        finally:
            self.meter, self.memory_at_rest = former

    def measure_cost(self):
        """The CPU time of one request of the other client."""
        time.sleep(1)
        count, used = self.bystander.count.value, self.meter.cpu_seconds()
        time.sleep(2)
        return (self.meter.cpu_seconds() - used) / max(1, self.bystander.count.value - count)

    def usual(self):
        """The CPU time of all requests of the other client."""
        return self.cost * self.bystander.count.value

    def run(self, case, framing, plant=None):
        """Runs a case until an attempt has no problem; returns the figures of the last attempt."""
        for _ in range(self.attempts):
            if case.sql:
                self.database.sql(case.sql)
            self.meter.wait_until_idle(self.usual, SECONDS_UNTIL_IDLE)
            figures = self.attempt(case, framing, plant)
            self.clean()
            if figures.is_fatal:
                self.start_again()
            if figures.is_fatal or not figures.problems:
                break
        return figures

    def clean(self):
        self.database.sql("""
            DELETE FROM rules WHERE setting = 'many' AND id IN (SELECT rule FROM conditions WHERE context_feature = 'user');
            DELETE FROM settings WHERE name LIKE 'hostile.%'""")

    def attempt(self, case, framing, plant):
        sent = b"" if case.act else prepared(case, framing)
        port = plant.port if plant and plant.port else self.port
        self.meter.forget_peak()
        rest = self.meter.memory()
        begin, used = time.monotonic(), self.meter.cpu_seconds() - self.usual()
        if plant:
            plant.begin()
        responses = []
        if case.act:
            case.act(port)
        else:
            senders = [threading.Thread(target=lambda: responses.append(send(port, sent))) for _ in range(case.together)]
            for sender in senders:
                sender.start()
            while any(sender.is_alive() for sender in senders):
                senders[0].join(0.05)
                if self.service.process.poll() is None and self.meter.memory() > FATAL_MEMORY:
                    self.service.kill()
        if plant:
            plant.end()
        figures = Figures(case.name, framing, len(sent) * case.together, ", ".join(sorted({str(found) for found in responses})),
                          max((found.size for found in responses), default=0))
        if not self.is_idle():
            figures.is_fatal = True
            figures.problems = [f"the service has ended, or was not idle after {SECONDS_UNTIL_IDLE} s"]
            return figures
        end = time.monotonic()
        figures.cpu = max(0, self.meter.cpu_seconds() - self.usual() - used)
        figures.memory = max(0, self.meter.memory("VmHWM") - min(rest, self.memory_at_rest))
        figures.wait = percentile(self.bystander.waits(begin, end), 0.99)
        figures.problems = self.problems(case, figures, responses)
        return figures

    def is_idle(self):
        try:
            return self.service.process.poll() is None and self.meter.wait_until_idle(self.usual, SECONDS_UNTIL_IDLE)
        except OSError:
            return False

    def problems(self, case, figures, responses):
        problems = [f"the wrong response {response}: {response.start[:200]!r}"
                    for response in responses if response.status not in case.expected]
        refusals = [response.size for response in responses if response.status >= 400]
        if refusals and max(refusals) > RESPONSE:
            problems.append(f"a refusal of {max(refusals):,} bytes, over {RESPONSE:,}")
        if "cpu" in case.bounds and figures.cpu > self.cpu_bound:
            problems.append(f"{figures.cpu * 1000:.0f} ms of CPU time, over {self.cpu_bound * 1000:.0f} ms")
        if figures.memory > MEMORY:
            problems.append(f"{figures.memory / MEGABYTE:.0f} MB of memory more than at rest, over {MEMORY / MEGABYTE:.0f} MB")
        if figures.wait > WAIT:
            problems.append(f"another client waits {figures.wait * 1000:.0f} ms (p99), over {WAIT * 1000:.0f} ms")
        return problems


def prepared(case, framing):
    """The bytes of a case's request."""
    request = case.make()
    request.framing = framing
    return request.encoded()
