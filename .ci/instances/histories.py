"""Whether what several clients did and saw of one thing is what they could have done and seen one after the other.

Each operation has a begin, an end and a result. A history is linearizable if there is an order of its operations that fits their
times and in which each gives its result. It is searched for as Wing and Gong do, and Lowe after them: an operation that may come next
is taken, and given up if nothing that follows fits; what was tried once, the same operations taken and the same state reached, is not
tried again. An operation without an answer may have happened at any time after it began, or not at all.
"""
import dataclasses
import math


@dataclasses.dataclass
class Operation:
    begin: float
    end: float
    # Given the state, the state after it; `WRONG` if its result does not fit.
    apply: callable
    # For people.
    text: str

    @property
    def is_answered(self):
        return self.end != math.inf


WRONG = object()


class Event:
    """The begin or the end of an operation, in a list from which both can be taken and put back."""
    __slots__ = ["operation", "number", "end", "before", "after"]

    def __init__(self, operation, number, end=None):
        self.operation, self.number, self.end = operation, number, end
        self.before = self.after = None


def problem(operations, state):
    """The operations that cannot be put in an order, from the first that must be among them; none if all can."""
    first = chain(operations)
    # Each operation that is taken, with the state before it.
    taken, mask, tried, event, longest = [], 0, set(), first.after, 0
    answered = sum(1 << number for number, operation in enumerate(operations) if operation.is_answered)
    while mask & answered != answered:
        if event is not None and event.end is not None:
            # The begin of one that may come next.
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
            # The end of one that has not been taken: something before it was taken wrongly.
            if not taken:
                return report(operations, longest)
            event, state = taken.pop()
            mask &= ~(1 << event.number)
            put_back(event)
            event = event.after
    return None


def chain(operations):
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
    for event in [begin, begin.end]:
        event.before.after = event.after
        if event.after:
            event.after.before = event.before


def put_back(begin):
    for event in [begin.end, begin]:
        event.before.after = event
        if event.after:
            event.after.before = event


def report(operations, longest):
    """What happened around the first operation that fits nowhere."""
    ordered = sorted(operations, key=lambda operation: operation.end)
    around = ordered[max(0, longest - 6):longest + 4]
    start = min(operation.begin for operation in around)
    return "\n".join(f"  {1000 * (operation.begin - start):9.3f} to {1000 * (operation.end - start):9.3f} ms  {operation.text}"
                     for operation in around)
