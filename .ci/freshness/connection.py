"""As little of HTTP as readers need to be many."""
import socket


class Connection:
    """A connection that is kept, and made again when it breaks."""

    def __init__(self, port):
        self.port, self.socket, self.received = port, None, b""

    def connect(self):
        self.socket, self.received = socket.create_connection(("127.0.0.1", self.port), timeout=60), b""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, *requests):
        """Sends requests at once, and gives the status, the entity tag and the body of each answer."""
        if self.socket is None:
            self.connect()
        try:
            self.socket.sendall(b"".join(requests))
            return [self.answer(request.startswith(b"HEAD")) for request in requests]
        except OSError:
            self.socket.close()
            self.socket = None
            raise

    def receive(self):
        received = self.socket.recv(1 << 16)
        if not received:
            raise ConnectionResetError("the service hung up")
        self.received += received

    def answer(self, to_head):
        while (end := self.received.find(b"\r\n\r\n")) < 0:
            self.receive()
        lines = self.received[:end].decode().split("\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        status, end = int(lines[0].split()[1]), end + 4
        length = 0 if to_head or status in (204, 304) else int(fields["content-length"])
        while len(self.received) < end + length:
            self.receive()
        body, self.received = self.received[end:end + length], self.received[end + length:]
        return status, fields.get("etag", ""), body


def request(method, target, body=b"", tag=""):
    fields = f"If-None-Match: {tag}\r\n" if tag else ""
    if body:
        fields += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{method} {target} HTTP/1.1\r\nHost: heksher\r\n{fields}\r\n".encode() + body
