"""A load balancer for TCP: each connection goes to the next instance that is in use."""
import ctypes
import multiprocessing

from .relay import Relay


class Balancer(Relay):
    def __init__(self, ports):
        # The ports of the instances. A check sets 0 for an instance that must get no new connections.
        self.targets = multiprocessing.RawArray(ctypes.c_int, ports)
        # The number of open connections to each instance.
        self.open = multiprocessing.RawArray(ctypes.c_int, len(ports))
        self.turn = 0
        super().__init__(None)

    async def accept(self, reader, client):
        number = self.next_instance()
        self.open[number] += 1
        try:
            await self.forward(reader, client, self.targets[number])
        finally:
            self.open[number] -= 1

    def next_instance(self):
        for _ in self.targets:
            self.turn += 1
            if self.targets[self.turn % len(self.targets)]:
                break
        return self.turn % len(self.targets)
