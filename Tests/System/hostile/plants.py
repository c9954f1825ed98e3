"""Planted faults: each lets a case exceed one bound."""
import contextlib
import os
import signal
import time

from exchange import Request, send
from lab.relay import Relay
from meter import Meter
from trial import CPU, MEMORY, RESPONSE, WAIT


class Plant:
    """`size` is the cost of the fault, in the unit of the bound. `port` is where the case sends its requests, if not to the service.
    `SIGN` is part of the problem that the check has to report."""

    port = None

    def __init__(self, tested, size):
        self.tested, self.size = tested, size

    def attached(self):
        """A context in which the fault can happen."""
        return contextlib.nullcontext()

    def begin(self):
        """Called when the case begins."""

    def end(self):
        """Called when the case has its responses."""


class WholeResponseRelay(Relay):
    """Reads each response until the service closes the connection, and changes it before the client gets it."""

    def __init__(self, target, change):
        self.change = change
        super().__init__(target)

    async def to_client(self, reader, client):
        received = b""
        with contextlib.suppress(OSError):
            while part := await reader.read(1 << 18):
                received += part
        with contextlib.suppress(OSError):
            client.write(self.change(received))
            await client.drain()
        client.close()


class RelayPlant(Plant):
    """A relay between the case and the service that changes responses."""

    @contextlib.contextmanager
    def attached(self):
        self.relay = WholeResponseRelay(self.tested.port, self.changed)
        self.port = self.relay.port
        try:
            yield
        finally:
            self.relay.stop()


class LargeRefusal(RelayPlant):
    """A relay that adds spaces to each refusal."""

    BOUND, UNIT, SIGN = RESPONSE, "bytes", "a refusal of"

    def changed(self, response):
        head, _, body = response.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 4"):
            return response
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length:")]
        length = max(len(body), int(self.size) - len(b"\r\n".join([*lines, b"Content-Length: 0000000000"])) - 4)
        return b"\r\n".join([*lines, b"Content-Length: %010d" % length, b"", body]) + b" " * (length - len(body))


class Memory(RelayPlant):
    """A relay that allocates memory for each response. The check measures its process instead of the service's."""

    BOUND, UNIT, SIGN = MEMORY, "bytes", "of memory"

    @contextlib.contextmanager
    def attached(self):
        with super().attached(), self.tested.measuring(Meter(self.relay.process.pid)):
            time.sleep(0.5)
            yield

    def changed(self, response):
        # Memory counts only after something is written to it.
        b"x" * int(self.size)
        return response


class Cpu(Plant):
    """Further requests beside that of the case, until the service has used the CPU time for them."""

    BOUND, UNIT, SIGN = CPU, "seconds of CPU time", "of CPU time"

    def begin(self):
        self.used = self.cpu_seconds()

    def cpu_seconds(self):
        return self.tested.meter.cpu_seconds() - self.tested.usual()

    def end(self):
        request = Request("POST", "/api/v1/rules", b'{"setting":"many","value":[' + b"1," * 2000 + b"1]").encoded()
        while self.cpu_seconds() - self.used < self.size:
            send(self.tested.port, request)


class Stall(Plant):
    """Stops the service's process for a while."""

    BOUND, UNIT, SIGN = WAIT, "seconds", "waits"

    def begin(self):
        os.kill(self.tested.meter.pid, signal.SIGSTOP)
        time.sleep(self.size)
        os.kill(self.tested.meter.pid, signal.SIGCONT)


PLANTS = {"large-refusal": LargeRefusal, "cpu": Cpu, "memory": Memory, "stall": Stall}
# The cost of a planted fault as a multiple of its bound, by default.
EXCESS = 1.2
