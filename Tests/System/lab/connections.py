"""HTTP/1.1 on raw sockets: fast, with pipelining, and exact about whether a request was sent."""
import json
import select
import socket


class NotSent(Exception):
    """The request was not sent, because there was no connection. It changed nothing."""


class Connection:
    """A connection that stays open between requests. After an error, the next request opens another one."""

    def __init__(self, port):
        self.port, self.socket, self.received = port, None, b""

    def connect(self):
        self.socket, self.received = socket.create_connection(("127.0.0.1", self.port), timeout=60), b""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None

    def ask(self, *requests):
        """Sends requests in a pipeline; returns the status, the entity tag and the body of each response."""
        if self.socket is None:
            self.connect()
        try:
            self.socket.sendall(b"".join(requests))
            return [self._response(request.startswith(b"HEAD")) for request in requests]
        except OSError:
            self.close()
            raise

    def ask_json(self, method, path, body=None, token=""):
        """Sends a request to the API; returns the status and the body of the response. path: without /api/v1."""
        text = b"" if body is None else json.dumps(body).encode()
        [(status, _, answer)] = self.ask(request(method, f"/api/v1{path}", text, token=token))
        return status, answer

    def _receive(self):
        received = self.socket.recv(1 << 16)
        if not received:
            raise ConnectionResetError("the service closed the connection")
        self.received += received

    def _response(self, is_head):
        while (end := self.received.find(b"\r\n\r\n")) < 0:
            self._receive()
        lines = self.received[:end].decode().split("\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        status, end = int(lines[0].split()[1]), end + 4
        length = 0 if is_head or status in (204, 304) else int(fields["content-length"])
        while len(self.received) < end + length:
            self._receive()
        body, self.received = self.received[end:end + length], self.received[end + length:]
        return status, fields.get("etag", ""), body


class CarefulConnection(Connection):
    """A connection that raises `NotSent` if it is certain that the service did not receive the request."""

    def ask(self, *requests):
        # A readable socket without a pending response means that the service closed the connection.
        if self.socket and select.select([self.socket], [], [], 0)[0]:
            self.close()
        if self.socket is None:
            try:
                self.connect()
            except OSError as error:
                raise NotSent from error
        return super().ask(*requests)


def request(method, target, body=b"", tag="", token=""):
    """The bytes of a request. tag: the entity tag for If-None-Match."""
    fields = f"If-None-Match: {tag}\r\n" if tag else ""
    if token:
        fields += f"Authorization: Bearer {token}\r\n"
    if body:
        fields += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n".encode() + body
