"""The numbers of all places: requested and acknowledged. All processes of the check share them."""
import ctypes
import multiprocessing

# The database's number in each number of a place. A swapped-in database has a number of its own.
EPOCH = 10 ** 9


class Progress:
    def __init__(self, places):
        # A writer notes a number as requested before it requests the change, and as acknowledged after the acknowledgement.
        self.requested, self.acknowledged = (multiprocessing.RawArray(ctypes.c_int64, len(places)) for _ in range(2))
        self.acknowledged_at = multiprocessing.RawArray(ctypes.c_double, len(places))
        # Odd while one database replaces another.
        self.epoch = multiprocessing.RawValue(ctypes.c_int64, 0)

    def next(self, place):
        return self.epoch.value * EPOCH + self.acknowledged[place.index] % EPOCH + 1

    def all(self):
        return list(self.acknowledged)

    def set(self, numbers):
        self.requested[:] = self.acknowledged[:] = numbers

    def request(self, place, number):
        self.requested[place.index] = number

    def acknowledge(self, place, number, now):
        self.acknowledged_at[place.index] = now
        self.acknowledged[place.index] = number
