"""Cases: requests of one kind, the statuses that are right for them, and the bounds of their cost."""
import dataclasses
import itertools

# The largest body that the service takes by default.
LIMIT = 1 << 20
REFUSED = frozenset(range(400, 500))
ANY = REFUSED | {200, 201, 204, 304}
BODY_FRAMINGS = ["length", "chunked"]


@dataclasses.dataclass
class Case:
    """`make` creates a request. `together` is the number of requests at the same time; the bound of CPU time is for all of them. The
    database runs `sql` before."""
    name: str
    make: callable
    expected: frozenset
    framings: tuple
    together: int = 1
    sql: str = None
    # Called with the port instead of sending a request, for cases that open connections themselves.
    act: callable = None
    bounds: tuple = ("response", "cpu", "memory", "wait")


CASES = []


def _register(function, expected, framings, **options):
    name = function.__name__.replace("_", " ")
    expected = frozenset([expected]) if isinstance(expected, int) else frozenset(expected)
    CASES.append(Case(name, function, expected, tuple(framings), **options))
    return function


def body(expected, framings=tuple(BODY_FRAMINGS), **options):
    """Adds a case whose function creates a request with a body. The check sends it with each framing."""
    return lambda function: _register(function, expected, framings, **options)


def head(expected, **options):
    """Adds a case whose function creates a request without a body."""
    return lambda function: _register(function, expected, ["none"], **options)


def connections(function):
    """Adds a case whose function opens connections itself. It sends many requests, so that CPU time has no bound."""
    name = function.__name__.replace("_", " ")
    CASES.append(Case(name, None, ANY, ("none",), act=function, bounds=("response", "memory", "wait")))
    return function


def repeated(start, unit, end, size=LIMIT, separator=b","):
    """A text of this size: a start, a repeated unit, and an end."""
    count = (size - len(start) - len(end) + len(separator)) // (len(unit) + len(separator))
    return start + separator.join([unit] * count) + end


def counted(start, unit, end, size=LIMIT, separator=b",", most=None):
    """The same with different units. unit: a function that creates a unit from its number."""
    units, left = [], size - len(start) - len(end)
    for number in itertools.count():
        made = unit(number)
        left -= len(made) + len(separator)
        if left < 0 or number == most:
            return start + separator.join(units) + end
        units.append(made)
