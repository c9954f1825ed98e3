"""A load balancer for TCP: each connection goes to one of the instances that are in use, in turn."""
import asyncio
import contextlib
import ctypes
import multiprocessing
import signal

from faults.servers import free_port

# An answer in so many is an old one, if old ones are to be given.
ONE_IN = 50


class Balancer:
    """In a process of its own.

    - Parameter is_stale: whether some questions are answered with what was answered to them before, which is what the check has to find.
    """

    def __init__(self, ports, is_stale=False):
        self.port, self.is_stale = free_port(), is_stale
        # Of the instances that are in use; 0 for none.
        self.targets = multiprocessing.RawArray(ctypes.c_int, ports)
        self.open = multiprocessing.RawArray(ctypes.c_int, len(ports))
        self.process = multiprocessing.Process(target=self.work, daemon=True)
        self.process.start()

    def stop(self):
        self.process.terminate()
        self.process.join()

    def work(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        asyncio.run(self.serve())

    async def serve(self):
        self.turn, self.asked, self.known = 0, 0, {}
        await asyncio.start_server(self.connect, "127.0.0.1", self.port)
        await asyncio.Event().wait()

    async def connect(self, reader, client):
        for _ in self.targets:
            self.turn += 1
            number = self.turn % len(self.targets)
            if self.targets[number]:
                break
        self.open[number] += 1
        try:
            server_reader, server = await asyncio.open_connection("127.0.0.1", self.targets[number])
            await asyncio.gather(self.ask(reader, client, server), self.answer(server_reader, client))
        except OSError:
            client.close()
        finally:
            self.open[number] -= 1

    async def ask(self, reader, client, server):
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                client.question = data
                if self.is_stale and data.startswith(b"GET"):
                    self.asked += 1
                    if self.asked % ONE_IN == 0 and data in self.known:
                        client.write(self.known[data])
                        continue
                server.write(data)
        server.close()

    async def answer(self, reader, client):
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                if self.is_stale and data.startswith(b"HTTP/1.1 200"):
                    self.known[client.question] = data
                client.write(data)
        client.close()
