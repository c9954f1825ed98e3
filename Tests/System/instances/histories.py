"""Checks histories for linearizability: whether some order of the operations of several clients explains all responses.

Each operation has a begin, an end and a result. A history is linearizable if there is an order of its operations that fits their times
and in which each operation gives its result. The search is the algorithm of Wing and Gong with Lowe's cache. It takes an operation that
may come next, and undoes it if no continuation fits. It never tries the same set of operations with the same state again. An operation
without a response may have taken effect at any time after its begin, or never.
"""
import dataclasses
import math


@dataclasses.dataclass
class Operation:
    begin: float
    end: float
    # Gives the state after the operation, from the state before it; `WRONG` if the result does not fit.
    apply: callable
    # For reports.
    text: str

    @property
    def has_response(self):
        return self.end != math.inf


# The result of an operation that does not fit the state.
WRONG = object()


class Event:
    """The begin or the end of an operation, as an element of a linked list. The search removes elements and puts them back."""
    __slots__ = ["operation", "number", "end", "before", "after"]

    def __init__(self, operation, number, end=None):
        self.operation, self.number, self.end = operation, number, end
        self.before = self.after = None


def problem(operations, state):
    """Searches for an order. Returns None if there is one, and otherwise a report of the operations that do not fit.

    state: the state before the first operation."""
    first = chain(operations)
    # The operations taken so far, each with the state before it.
    taken, mask, tried, event, longest = [], 0, set(), first.after, 0
    required = sum(1 << number for number, operation in enumerate(operations) if operation.has_response)
    while mask & required != required:
        if event is not None and event.end is not None:
            # The begin of an operation that may come next.
            result = event.operation.apply(state)
            reached = (mask | 1 << event.number, result)
            if result is not WRONG and reached not in tried:
                tried.add(reached)
                taken.append((event, state))
                mask, state = reached
                longest = max(longest, len(taken))
                lift(event)
                event = first.after
            else:
                event = event.after
        else:
            # The end of an operation that was not taken: undo the last one.
            if not taken:
                return report(operations, longest)
            event, state = taken.pop()
            mask &= ~(1 << event.number)
            put_back(event)
            event = event.after
    return None


def chain(operations):
    """The events of all operations in the order of their times, as a linked list; returns a node before the first."""
    events = []
    for number, operation in enumerate(operations):
        end = Event(operation, number)
        events += [(operation.begin, 0, number, Event(operation, number, end)), (operation.end, 1, number, end)]
    first = last = Event(None, None)
    for *_, event in sorted(events, key=lambda found: found[:3]):
        last.after, event.before = event, last
        last = event
    return first


def lift(begin):
    """Removes an operation from the list."""
    for event in [begin, begin.end]:
        event.before.after = event.after
        if event.after:
            event.after.before = event.before


def put_back(begin):
    """Undoes `lift`."""
    for event in [begin.end, begin]:
        event.before.after = event
        if event.after:
            event.after.before = event


def report(operations, longest):
    """The operations around the first that does not fit."""
    ordered = sorted(operations, key=lambda operation: operation.end)
    around = ordered[max(0, longest - 6):longest + 4]
    start = min(operation.begin for operation in around)
    return "\n".join(f"  {1000 * (operation.begin - start):9.3f} to {1000 * (operation.end - start):9.3f} ms  {operation.text}"
                     for operation in around)
