"""A load balancer that sometimes gives a wrong response: planted faults."""
import asyncio
import contextlib

from lab.balancer import Balancer

# By default, one wrong response for this number of reads or changes.
ONE_IN = 50
FAULTS = ["old-answer", "denied-change"]
DENIAL = b"the database is unavailable"


class FaultyBalancer(Balancer):
    """With the fault "old-answer", one read in `one_in` gets an earlier response to the same request. With "denied-change", the
    response to one change in `one_in` says that the service did not make the change."""

    def __init__(self, ports, fault, one_in):
        self.fault, self.one_in = fault, one_in
        self.reads, self.changes, self.known = 0, 0, {}
        super().__init__(ports)

    async def exchange(self, reader, client, server_reader, server):
        # The clients send one request at a time, in one piece.
        last_request = None

        async def to_server():
            nonlocal last_request
            with contextlib.suppress(OSError):
                while data := await reader.read(1 << 16):
                    last_request = data
                    if old := self.old_response(data):
                        client.write(old)
                    else:
                        server.write(data)
            server.close()

        async def to_client():
            with contextlib.suppress(OSError):
                while data := await server_reader.read(1 << 16):
                    client.write(self.changed(last_request, data))
            client.close()
        await asyncio.gather(to_server(), to_client())

    def old_response(self, request):
        """The response instead of the service's, if it is this request's turn."""
        if self.fault != "old-answer" or not request.startswith(b"GET"):
            return None
        self.reads += 1
        return self.known.get(request) if self.reads % self.one_in == 0 else None

    def changed(self, request, response):
        """The response that the client gets instead of the service's."""
        if self.fault == "old-answer" and response.startswith(b"HTTP/1.1 200"):
            self.known[request] = response
        if self.fault == "denied-change" and response.startswith((b"HTTP/1.1 201", b"HTTP/1.1 204")):
            self.changes += 1
            if self.changes % self.one_in == 0:
                return b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: %d\r\n\r\n%b" % (len(DENIAL), DENIAL)
        return response
