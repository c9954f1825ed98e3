"""A load balancer for TCP: each connection goes to one of the instances that are in use, in turn."""
import asyncio
import contextlib
import ctypes
import multiprocessing
import signal

from faults.servers import free_port

# An answer in so many is false, if some are to be.
ONE_IN = 50
FAULTS = ["old-answer", "denied-change"]
DENIAL = b"the database is unavailable"


class Balancer:
    """In a process of its own.

    - Parameter fault: what the check has to find: some questions are answered with what was answered to them before, or some changes that
      are made are denied.
    """

    def __init__(self, ports, fault=None):
        self.port, self.fault = free_port(), fault
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
        self.turn, self.asked, self.made, self.known = 0, 0, 0, {}
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
                if self.fault == "old-answer" and data.startswith(b"GET"):
                    self.asked += 1
                    if self.asked % ONE_IN == 0 and data in self.known:
                        client.write(self.known[data])
                        continue
                server.write(data)
        server.close()

    async def answer(self, reader, client):
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                if self.fault == "old-answer" and data.startswith(b"HTTP/1.1 200"):
                    self.known[client.question] = data
                if self.fault == "denied-change" and data.startswith((b"HTTP/1.1 201", b"HTTP/1.1 204")):
                    self.made += 1
                    if self.made % ONE_IN == 0:
                        data = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: %d\r\n\r\n%b" % (len(DENIAL), DENIAL)
                client.write(data)
        client.close()
