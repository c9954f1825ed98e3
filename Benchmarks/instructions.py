#!/usr/bin/env python3
"""Counts the instructions that the service executes for a request. They depend much less on the machine than time does.

usage: Benchmarks/instructions.py HEKSHER [--only QUESTION...] [--requests N] [--json FILE] [--keep DIRECTORY]

HEKSHER is the program to measure, built with optimizations. It runs in valgrind's callgrind, which counts the program's own
instructions, and not those of the kernel and of PostgreSQL. Hashing counts for more than it costs, because valgrind does not emulate
the processor's instructions for SHA-256. One connection sends one request after the other, so that no request shares a check of the
revision with others. docs/performance-notes.md describes the cases, which are the values of QUESTION; `changed` is `fifty` right after SQL
has changed a rule of one of its settings.

--keep writes the counts of each function to DIRECTORY, for callgrind_annotate and kcachegrind.
"""
import argparse
import contextlib
import dataclasses
import http.client
import json
import pathlib
import re
import shutil
import subprocess
import sys

import measuring
import workload
from measuring import say
from processes import machine
from servers import Heksher, Postgres, workplace
from tables import table

QUERY = "/api/v1/query"
FIFTY = f"{QUERY}?{workload.query(workload.asked(), workload.FILTER)}"
QUESTIONS = {
    "fifty": "50 settings",
    "one": "one setting",
    "dump": "full dump",
    "unchanged": "full dump, unchanged (304)",
    "unasked": "50 settings, a filter never asked before",
    "changed": "50 settings, after a change by SQL",
    "rules": "rule creation",
    "declare": "declaring what is up to date",
}
# The number of requests before those that count.
WARM_UP = 50


@dataclasses.dataclass
class Request:
    """A query or, if there is a body, a change."""
    target: str
    headers: dict = dataclasses.field(default_factory=dict)
    body: object = None


class Counting:
    """The service, running in callgrind."""

    def __init__(self, program, postgres, directory, stack):
        self.directory = directory
        # valgrind cannot read all of the debugging information that Swift's compiler writes.
        stripped, library, script = directory / "heksher", directory / "sigsuspend.so", directory / "serve"
        run("strip", "--strip-debug", "-o", stripped, program)
        run("clang", "-shared", "-fPIC", "-o", library, pathlib.Path(__file__).parent / "sigsuspend.c")
        script.write_text(
            f"#!/bin/sh\nLD_PRELOAD={library} exec valgrind --tool=callgrind --callgrind-out-file={directory}/counts "
            f"--log-file={directory}/valgrind.log {stripped} \"$@\"\n")
        script.chmod(0o755)
        self.service = Heksher(script, postgres, directory / "counted.log")
        stack.callback(self.service.stop)
        self.service.first_answer("/api/health")
        self.connection = http.client.HTTPConnection(*self.service.address, timeout=600)

        def is_in_memory():
            self.ask(Request(FIFTY))
            return "answered from memory" in (directory / "counted.log").read_text()
        self.service.wait_until(is_in_memory)

    def ask(self, request):
        """Sends a request, and returns the entity tag of the response."""
        body = None if request.body is None else json.dumps(request.body)
        headers = request.headers if body is None else request.headers | {"Content-Type": "application/json"}
        self.connection.request("GET" if body is None else "POST", request.target, body, headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status not in (200, 201, 304):
            sys.exit(f"{request.target} answered {response.status} {text.decode()}")
        return response.headers.get("ETag")

    def count(self, name, requests, prepare=lambda: None):
        """The number of instructions of a request, and the file with the number of each function."""
        for number, request in enumerate(requests):
            prepare()
            if number == WARM_UP:
                self.command("zero")
            self.ask(request)
        self.command("dump", name)
        # Dumps are numbered; the newest one belongs to this run.
        file = max(self.directory.glob("counts.*"), key=lambda path: path.stat().st_mtime_ns)
        total = re.search(r"^(?:totals|summary): (\d+)", file.read_text(), re.MULTILINE)
        return int(total[1]) / (len(requests) - WARM_UP), file

    def command(self, *words):
        run("vgdb", f"--pid={self.service.pid}", *words)


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stderr or done.stdout}")


def requests_of(name, tag, count):
    settings = workload.settings()
    if name == "unasked":
        return [Request(f"{QUERY}?settings={','.join(workload.asked())}&context_filters={filters}")
                for filters in workload.unasked_filters(count)]
    if name == "declare":
        return [Request("/api/v1/settings/declare", body=settings[number % len(settings)].declaration()) for number in range(count)]
    if name == "rules":
        return [Request("/api/v1/rules", body={
            "setting": setting.name, "feature_values": {"tenant": "t1", "user": f"new_{number}"}, "value": setting.default,
            "metadata": {"owner": "team_1"}}) for number in range(count) for setting in [settings[number % len(settings)]]]
    targets = {"one": f"{QUERY}?{workload.query([workload.ONE], workload.FILTER)}", "dump": QUERY, "unchanged": QUERY}
    return [Request(targets.get(name, FIFTY), {"If-None-Match": tag} if name == "unchanged" else {})] * count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("heksher", type=measuring.program, help="the program to measure")
    parser.add_argument("--only", nargs="+", choices=QUESTIONS, default=list(QUESTIONS), metavar="QUESTION",
                        help=f"some of {', '.join(QUESTIONS)}")
    parser.add_argument("--requests", type=int, default=200, metavar="N", help="the number of counted requests for each case (200)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="also write the counts to this file as JSON")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIRECTORY", help="write the counts of each function to this directory")
    arguments = parser.parse_args()
    if arguments.requests < 1:
        parser.error("--requests takes a whole number from 1 on")
    measuring.need("valgrind", "vgdb", "strip", "clang")
    with workplace() as directory, contextlib.ExitStack() as stack:
        say("Starting PostgreSQL and loading the workload")
        postgres = Postgres(directory)
        stack.callback(postgres.stop)
        Heksher.migrate(arguments.heksher, postgres)
        loading = Heksher(arguments.heksher, postgres, directory / "heksher.log")
        try:
            loading.first_answer("/api/health")
            rules = workload.load(loading.address)
        finally:
            loading.stop()
        postgres.sql("VACUUM ANALYZE")
        changing = rules[workload.asked()[0]][0]
        values = iter(range(10, 10**6))

        say("Starting the service in valgrind")
        counting = Counting(arguments.heksher, postgres, directory, stack)
        results = {}
        for name in arguments.only:
            say(QUESTIONS[name])
            requests = requests_of(name, counting.ask(Request(QUERY)), arguments.requests + WARM_UP)
            prepare = (lambda: postgres.sql(f"UPDATE rules SET value = '{next(values)}' WHERE id = {changing}")) \
                if name == "changed" else lambda: None
            results[name], file = counting.count(name, requests, prepare)
            if arguments.keep:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, arguments.keep / f"callgrind.{name}")

    print(table(["question", "instructions a request"],
                [[QUESTIONS[name], f"{count:,.0f}"] for name, count in results.items()]))
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine(), "instructions_per_request": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
