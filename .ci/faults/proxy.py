"""A way to PostgreSQL that can be slow, silent or cut."""
import asyncio
import contextlib
import ctypes
import multiprocessing
import random
import signal
import socket
import struct

from .servers import free_port

OPEN, SLOW, SILENT, CLOSED, WITHOUT_ANSWERS = range(5)
# By how much each direction is slowed.
SECONDS = 0.05


class Proxy:
    """Listens at a port of its own, in a process of its own."""

    def __init__(self, target):
        self.port, self.target = free_port(), target
        self.mode = multiprocessing.RawValue(ctypes.c_int, OPEN)
        # How many connections are to be cut, one by one.
        self.cuts = multiprocessing.Value(ctypes.c_int, 0)
        self.process = multiprocessing.Process(target=self.work, daemon=True)
        self.process.start()

    def stop(self):
        self.process.terminate()
        self.process.join()

    def set(self, mode):
        self.mode.value = mode

    def cut(self, count=1):
        with self.cuts.get_lock():
            self.cuts.value += count

    # MARK: The process

    def work(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        asyncio.run(self.serve())

    async def serve(self):
        self.pairs = set()
        await asyncio.start_server(self.connect, "127.0.0.1", self.port)
        while True:
            await asyncio.sleep(0.005)
            if self.mode.value == CLOSED:
                self.abort(list(self.pairs))
            with self.cuts.get_lock():
                if self.cuts.value and self.pairs:
                    self.cuts.value -= 1
                    self.abort([random.choice(list(self.pairs))])

    async def connect(self, reader, client):
        if self.mode.value == CLOSED:
            return self.abort([(client,)])
        await self.passage()
        try:
            server_reader, server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return self.abort([(client,)])
        pair = (client, server)
        self.pairs.add(pair)
        try:
            await asyncio.gather(self.relay(reader, server, pair), self.relay(server_reader, client, pair))
        finally:
            self.pairs.discard(pair)

    async def passage(self):
        while self.mode.value == SILENT:
            await asyncio.sleep(0.005)
        if self.mode.value == SLOW:
            await asyncio.sleep(SECONDS)

    async def relay(self, reader, writer, pair):
        try:
            while data := await reader.read(1 << 16):
                await self.passage()
                if self.mode.value == WITHOUT_ANSWERS and writer is pair[0]:
                    # What was asked has been done, and the answer is cut off in its middle.
                    writer.write(data[:len(data) // 2])
                    return self.abort([pair])
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    @staticmethod
    def abort(pairs):
        """Ends connections as a network does: by a reset."""
        for pair in pairs:
            for writer in pair:
                # One that is closed already needs no reset.
                with contextlib.suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
