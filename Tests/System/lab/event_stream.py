"""A client of a stream of changes, on a raw socket."""
import json
import socket
import time

# A stream is silent for at most 15 seconds.
SILENCE = 45


class EventStream:
    """A stream that has begun. Errors of the connection, also its end, are `OSError`."""

    def __init__(self, port, target="/api/v1/events", token="", last_id=None, is_over=lambda: False):
        """is_over: whether to stop waiting for events."""
        self.socket, self.received, self.text = socket.create_connection(("127.0.0.1", port), timeout=0.5), b"", ""
        self.last_id, self.is_over = last_id, is_over
        fields = (f"Authorization: Bearer {token}\r\n" if token else "") + (f"Last-Event-ID: {last_id}\r\n" if last_id else "")
        try:
            self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n".encode())
            head = self._until(b"\r\n\r\n")
            self.status = int(head.split()[1])
            if self.status != 200:
                raise ConnectionError(f"GET {target} got {self.status}")
        except BaseException:
            self.close()
            raise

    def next(self):
        """Waits for the next event; returns its name and its data. Comments are skipped."""
        while True:
            while (end := self.text.find("\n\n")) < 0:
                size = int(self._until(b"\r\n"), 16)
                if size == 0:
                    raise ConnectionError("the service ended the stream")
                self.text += self._exactly(size + 2)[:-2].decode()
            block, self.text = self.text[:end], self.text[end + 2:]
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "data" in fields:
                self.last_id = fields["id"]
                return fields["event"], json.loads(fields["data"])

    def close(self):
        self.socket.close()

    def _receive(self):
        deadline, received = time.monotonic() + SILENCE, None
        while received is None:
            try:
                received = self.socket.recv(1 << 16)
            except TimeoutError:
                if self.is_over() or time.monotonic() > deadline:
                    raise
        if not received:
            raise ConnectionError("the service closed the connection")
        self.received += received

    def _until(self, end):
        while (found := self.received.find(end)) < 0:
            self._receive()
        taken, self.received = self.received[:found], self.received[found + len(end):]
        return taken

    def _exactly(self, count):
        while len(self.received) < count:
            self._receive()
        taken, self.received = self.received[:count], self.received[count:]
        return taken
