"""A connection to PostgreSQL with latency, so that one instance learns of changes later than the other."""
import asyncio
import socket

from lab.relay import Relay

# Seconds by which the relay delays each piece of a response.
SECONDS = 0.003
SOCKET = ".s.PGSQL.5432"


class Distance(Relay):
    """Listens in one directory, as PostgreSQL does, for a PostgreSQL whose socket is in another."""

    def __init__(self, near, far):
        self.far = far
        super().__init__(near / SOCKET)

    def listen(self):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.far / SOCKET))
        listener.listen(128)
        return listener

    async def connect(self, target):
        return await asyncio.open_unix_connection(target)

    async def to_client(self, reader, client):
        await self.copy(reader, client, delay=SECONDS)
