"""Forwards connections to a server. Subclasses delay, cut or change the bytes."""
import asyncio
import socket

from .processes import BackgroundProcess


class Relay(BackgroundProcess):
    """Listens at a port of its own, in a process of its own, and opens a connection to the target for each one that it accepts."""

    def __init__(self, target):
        """target: a port of this machine."""
        # It listens before the process starts, so that clients can connect at once.
        self.target, self.socket = target, self.listen()
        self.address = self.socket.getsockname()
        self.start()
        self.socket.close()

    @property
    def port(self):
        return self.address[1]

    def listen(self):
        """Opens the socket for connections from clients."""
        return socket.create_server(("127.0.0.1", 0))

    async def connect(self, target):
        """Opens a connection to a server; returns its reader and its writer."""
        return await asyncio.open_connection("127.0.0.1", target)

    def work(self):
        asyncio.run(self.serve())

    async def serve(self):
        await self.accept_connections()
        await asyncio.Event().wait()

    async def accept_connections(self):
        await asyncio.start_server(self.accept, sock=self.socket)

    async def accept(self, reader, client):
        await self.forward(reader, client, self.target)

    async def forward(self, reader, client, target):
        """Forwards a client's connection until one side closes it. If there is no server, closes it."""
        try:
            server_reader, server = await self.connect(target)
        except OSError:
            self.refuse(client)
            return
        await self.exchange(reader, client, server_reader, server)

    def refuse(self, client):
        client.close()

    async def exchange(self, reader, client, server_reader, server):
        await asyncio.gather(self.to_server(reader, server), self.to_client(server_reader, client))

    async def to_server(self, reader, server):
        await self.copy(reader, server)

    async def to_client(self, reader, client):
        await self.copy(reader, client)

    @staticmethod
    async def copy(reader, writer, delay=0):
        """Copies bytes until the sender closes its side, then closes the receiver's. delay: in seconds, for each piece."""
        try:
            while data := await reader.read(1 << 16):
                if delay:
                    await asyncio.sleep(delay)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
