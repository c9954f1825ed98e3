"""Observations of a place in a response: a number, one of two states, or a state that is always wrong.

A writer gives its place ascending numbers. A read that begins when `low` is acknowledged and ends when `high` has been requested must show
the place as it is at a number from `low` to `high`.
"""
import dataclasses


class Number(int):
    """The place shows its number itself."""

    def fits(self, low, high):
        return low <= self <= high


@dataclasses.dataclass
class Parity:
    """The place is in one of two states: one for odd numbers, one for even numbers."""
    is_odd: bool

    def fits(self, low, high):
        return high > low or low % 2 == self.is_odd

    def __str__(self):
        return "an odd number" if self.is_odd else "an even number"


class Impossible(str):
    """The place is in a state that no number gives it."""

    def fits(self, low, high):
        return False


ABSENT, PRESENT = Parity(False), Parity(True)
