"""Forwards HTTP requests one by one, so that subclasses can change responses."""
import asyncio
import time

from .relay import Relay


class HTTPRelay(Relay):
    """A relay for requests without bodies. On each connection it forwards one request at a time."""

    async def exchange(self, reader, client, server_reader, server):
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                begin = time.monotonic()
                server.write(request)
                head, body = await self.read_response(server_reader, request.startswith(b"HEAD"))
                client.write(b"".join(self.changed(request, begin, head, body)))
                await client.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            client.close()
            server.close()

    @staticmethod
    async def read_response(reader, is_head):
        """The head of a response, with the empty line at its end, and the body."""
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        has_body = not is_head and not head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304"))
        return head, await reader.readexactly(int(fields.get(b"content-length", 0))) if has_body else b""

    def changed(self, request, begin, head, body):
        """The head and the body that the client gets. begin: when the relay forwarded the request, on the monotonic clock."""
        return head, body
