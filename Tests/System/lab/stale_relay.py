"""Gives readers a stale response now and then: a planted fault for checks that compare reads with changes."""
import ctypes
import multiprocessing
import time

from .http_relay import HTTPRelay

# A response counts as stale after the relay has known a newer one for this number of seconds.
AGE = 0.05


class StaleRelay(HTTPRelay):
    """Gives one stale response for each `reads` requests.

    A response is stale if the same request got a different response later. If a stale response is due and the relay has not kept one for
    this request, a later request gets one, so that the rate is exact."""

    def __init__(self, target, reads, planted=None):
        """planted: the number of stale responses that were sent; several relays share it."""
        self.reads, self.planted = reads, planted or multiprocessing.Value(ctypes.c_int, 0)
        # The number of requests, and the number of stale responses that are due.
        self.count, self.due = 0, 0
        # By request: the latest response, the time at which it first arrived, and the response before it.
        self.known = {}
        super().__init__(target)

    def changed(self, request, begin, head, body):
        self.count += 1
        self.due += self.count % self.reads == 0
        # Conditional requests and HEAD are left out: their responses depend on more than the request's target.
        if not head.startswith(b"HTTP/1.1 200") or request.startswith(b"HEAD") or b"If-None-Match" in request:
            return head, body
        latest, since, previous = self.known.get(request, (None, 0, None))
        if self.due and previous and begin - since > AGE:
            self.due -= 1
            with self.planted.get_lock():
                self.planted.value += 1
            return previous
        if body != (latest and latest[1]):
            self.known[request] = ((head, body), time.monotonic(), latest)
        return head, body
