"""One request on a connection of its own. The check sends it while it reads the response."""
import dataclasses
import select
import socket
import time

# Seconds that the check waits for a response.
PATIENCE = 20
CHUNK = 1 << 14


@dataclasses.dataclass
class Request:
    """`framing` is "length", "chunked", "bytes" (chunks of one byte) or "extensions" (chunks with long extensions)."""
    method: str
    target: str
    body: bytes = None
    headers: tuple = ()
    framing: str = "length"
    content_type: str = "application/json"

    def encoded(self):
        lines = [f"{self.method} {self.target} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body is None:
            return "\r\n".join([*lines, "", ""]).encode("latin-1")
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        if self.framing == "length":
            body = self.body
            lines.append(f"Content-Length: {len(body)}")
        else:
            body = chunked(self.body, self.framing)
            lines.append("Transfer-Encoding: chunked")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunked(body, framing):
    size = 1 if framing == "bytes" else CHUNK
    extension = b";" + b"x" * 4000 if framing == "extensions" else b""
    pieces = (body[start:start + size] for start in range(0, len(body), size))
    return b"".join(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces) + b"0\r\n\r\n"


@dataclasses.dataclass
class Response:
    """`status` is 0 if the connection ended without one, and -1 if the check gave up. `size` is the number of bytes, with the head."""
    status: int
    size: int
    start: bytes
    seconds: float

    def __str__(self):
        return {0: "no response", -1: "timeout"}.get(self.status, str(self.status))


def send(port, sent):
    """Sends bytes on a new connection, and reads until the service closes it."""
    begin, connection = time.monotonic(), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.setblocking(False)
    left, start, size = memoryview(sent), b"", 0
    with connection:
        while time.monotonic() - begin < PATIENCE:
            readable, writable, _ = select.select([connection], [connection] if left else [], [], 1)
            if readable:
                try:
                    received = connection.recv(1 << 18)
                except OSError:
                    break
                if not received:
                    break
                size, start = size + len(received), start if len(start) > 400 else start + received[:400]
            if writable:
                try:
                    left = left[connection.send(left[:1 << 18]):]
                except BlockingIOError:
                    pass
                except OSError:
                    # The service refused the request without reading the rest. Its response may still arrive.
                    left = left[:0]
        else:
            return Response(-1, size, start, time.monotonic() - begin)
    status = int(start.split(b" ", 2)[1]) if start.startswith(b"HTTP/1.1 ") else 0
    return Response(status, size, start, time.monotonic() - begin)
