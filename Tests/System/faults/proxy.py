"""The network between the service and PostgreSQL: a relay that can be slow, silent, closed or cut."""
import asyncio
import contextlib
import ctypes
import multiprocessing
import random
import socket
import struct

from lab.relay import Relay

OPEN, SLOW, SILENT, CLOSED, TRUNCATING = range(5)
# How long SLOW delays each piece of data, in each direction.
SECONDS = 0.05


class Proxy(Relay):
    def __init__(self, target):
        self.mode = multiprocessing.RawValue(ctypes.c_int, OPEN)
        # How many connections are still to be reset, one by one.
        self.cuts = multiprocessing.Value(ctypes.c_int, 0)
        self.pairs = set()
        super().__init__(target)

    def set(self, mode):
        self.mode.value = mode

    def cut(self, count=1):
        """Resets connections, chosen at random."""
        with self.cuts.get_lock():
            self.cuts.value += count

    # MARK: In its process

    async def serve(self):
        await self.accept_connections()
        while True:
            await asyncio.sleep(0.005)
            if self.mode.value == CLOSED:
                self.reset(list(self.pairs))
            with self.cuts.get_lock():
                if self.cuts.value and self.pairs:
                    self.cuts.value -= 1
                    self.reset([random.choice(list(self.pairs))])

    async def accept(self, reader, client):
        if self.mode.value == CLOSED:
            return self.refuse(client)
        await self.delay()
        await self.forward(reader, client, self.target)

    def refuse(self, client):
        self.reset([(client,)])

    async def exchange(self, reader, client, server_reader, server):
        pair = (client, server)
        self.pairs.add(pair)
        try:
            await asyncio.gather(self.copy_in_mode(reader, server, pair), self.copy_in_mode(server_reader, client, pair))
        finally:
            self.pairs.discard(pair)

    async def delay(self):
        while self.mode.value == SILENT:
            await asyncio.sleep(0.005)
        if self.mode.value == SLOW:
            await asyncio.sleep(SECONDS)

    async def copy_in_mode(self, reader, writer, pair):
        try:
            while data := await reader.read(1 << 16):
                await self.delay()
                if self.mode.value == TRUNCATING and writer is pair[0]:
                    # PostgreSQL has done its work; the service gets half of the response.
                    writer.write(data[:len(data) // 2])
                    return self.reset([pair])
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    @staticmethod
    def reset(pairs):
        """Ends connections by a TCP reset."""
        for pair in pairs:
            for writer in pair:
                # A socket that is already closed needs no reset.
                with contextlib.suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
