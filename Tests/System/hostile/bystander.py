"""Another client of the service, and its wait for each response. It runs in a process of its own."""
import ctypes
import math
import multiprocessing
import socket
import threading
import time

from lab.processes import BackgroundProcess

THREADS = 3
# Seconds between two requests of a thread.
PAUSE = 0.02
# Seconds after which a request counts as failed, and the wait of such a request.
PATIENCE = 20
SAMPLES = 1 << 17


class Bystander(BackgroundProcess):
    """Requests the targets in turn, each on a new connection, so that every event loop gets some of its requests."""

    def __init__(self, port, targets):
        self.port, self.targets = port, targets
        self.begins, self.ends = (multiprocessing.RawArray(ctypes.c_double, SAMPLES) for _ in range(2))
        self.is_good = multiprocessing.RawArray(ctypes.c_bool, SAMPLES)
        self.count = multiprocessing.RawValue(ctypes.c_int, 0)
        # For each thread, when its current request began.
        self.under_way = multiprocessing.RawArray(ctypes.c_double, THREADS)
        self.start()

    # MARK: In its process

    def work(self):
        self.lock = threading.Lock()
        threads = [threading.Thread(target=self.ask_forever, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()

    def ask_forever(self, number):
        turn = number
        while True:
            turn += 1
            begin = self.under_way[number] = time.monotonic()
            is_good = self.ask(self.targets[turn % len(self.targets)])
            end = time.monotonic()
            with self.lock:
                index = self.count.value % SAMPLES
                self.begins[index], self.ends[index], self.is_good[index] = begin, end, is_good
                self.count.value += 1
            time.sleep(PAUSE)

    def ask(self, target):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
                connection.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
                start = b""
                while received := connection.recv(1 << 16):
                    start = start or received
                return start.startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    # MARK: Results

    def waits(self, since, until):
        """The sorted waits of all requests that were in progress between two times. A failed request counts as a wait of
        `PATIENCE`."""
        deadline = time.monotonic() + PATIENCE + 5
        while min(self.under_way) <= until and time.monotonic() < deadline:
            time.sleep(0.005)
        count = self.count.value
        found = []
        for number in range(count - 1, max(-1, count - SAMPLES), -1):
            index = number % SAMPLES
            if self.ends[index] < since - PATIENCE:
                break
            if self.ends[index] >= since and self.begins[index] <= until:
                found.append(self.ends[index] - self.begins[index] if self.is_good[index] else PATIENCE)
        return sorted(found)


def percentile(waits, share):
    return waits[max(0, math.ceil(len(waits) * share) - 1)] if waits else 0.0
