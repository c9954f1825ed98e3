"""The beginning and the end of each check: arguments, signals, a directory, planted faults and the exit status."""
import argparse
import contextlib
import multiprocessing
import os
import pathlib
import signal
import sys
import tempfile
from typing import NamedTuple

from .repository import ROOT


class Plant(NamedTuple):
    """A fault that a check causes on purpose, and has to find. `size` is its rate or its cost."""
    fault: str
    size: float


def say(line):
    """Prints a line at once, also if the output is a pipe."""
    print(line, flush=True)


def parser(description):
    """A parser of arguments whose help begins with the documentation of the check."""
    program = pathlib.Path(sys.argv[0]).resolve()
    return argparse.ArgumentParser(
        prog=str(program.relative_to(ROOT)) if program.is_relative_to(ROOT) else program.name, description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)


def heksher_parser(description):
    """The same for a check that tests the program heksher."""
    arguments = parser(description)
    arguments.add_argument(
        "heksher", metavar="HEKSHER", help="the program to test, built before: .build/debug/heksher, after `make heksher`")
    return arguments


def plant_type(faults, size):
    """The type of an argument FAULT[:SIZE]. size: the size of the fault if the argument gives none."""
    def parse(text):
        fault, _, given = text.partition(":")
        if fault not in faults:
            raise argparse.ArgumentTypeError(f"there is no fault '{fault}'; choose from {', '.join(faults)}")
        try:
            return Plant(fault, type(size)(given or size))
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{given}' is not a number") from None
    return parse


def prepare():
    """Lets SIGTERM end the check as an exception does, so that it stops its servers. Child processes are copies of the check."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    multiprocessing.set_start_method("fork")


@contextlib.contextmanager
def workplace(name):
    """A temporary directory that the user who runs PostgreSQL can enter. It is on a disk: /tmp may be in memory."""
    with tempfile.TemporaryDirectory(prefix=f"heksher-{name}-", dir="/var/tmp") as directory:
        os.chmod(directory, 0o755)
        yield pathlib.Path(directory)


def conclude(problem, planted=None):
    """Ends the check: with status 1 if there is a problem, or if a planted fault caused none.

    problem: the first thing that is wrong, or nothing. planted: the name of the planted fault, if there is one."""
    if planted:
        if not problem:
            sys.exit(f"The check did not find the planted fault: {planted}")
        say(f"The check found the planted fault: {planted}. {problem}")
    elif problem:
        sys.exit(problem)
