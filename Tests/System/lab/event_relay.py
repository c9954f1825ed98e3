"""Changes what streams report now and then: planted faults for checks of streams."""
import asyncio
import ctypes
import multiprocessing

from .following import FOLLOWED, ROLLED_BACK
from .relay import Relay

FALSE_EVENT = f'event: change\nid: 0\ndata: {{"settings":["{ROLLED_BACK}"],"context_features":false}}\n\n'.encode()


class EventRelay(Relay):
    """Forwards streams to an instance. For one in `events` changes of the followed setting, it leaves the event out (`fault` is "untold"), or
    adds an event about a change that was rolled back ("false")."""

    def __init__(self, target, fault, events, planted=None):
        """planted: the number of faults so far; several relays share it."""
        self.fault, self.events, self.count = fault, events, 0
        self.planted = planted or multiprocessing.Value(ctypes.c_int, 0)
        super().__init__(target)

    async def to_client(self, reader, client):
        try:
            client.write(await reader.readuntil(b"\r\n\r\n"))
            while True:
                line = await reader.readuntil(b"\r\n")
                body = await reader.readexactly(int(line, 16) + 2)
                client.write(self.changed(line, body))
                await client.drain()
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass
        finally:
            client.close()

    def changed(self, line, body):
        """A chunk, as the client gets it."""
        self.count += b"event: change" in body and FOLLOWED.encode() in body
        if self.count < self.events:
            return line + body
        self.count = 0
        with self.planted.get_lock():
            self.planted.value += 1
        return b"" if self.fault == "untold" else line + body + b"%x\r\n%s\r\n" % (len(FALSE_EVENT), FALSE_EVENT)
