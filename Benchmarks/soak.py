#!/usr/bin/env python3
"""Checks that memory, open files, threads and latency do not grow while the service runs at half of its maximum rate, beside a writer.

usage: Benchmarks/soak.py HEKSHER [--minutes N] [--slice SECONDS] [--json FILE] [--check]
       Benchmarks/soak.py --plant

HEKSHER is the program to test, built with optimizations. It gets queries for 50 settings, as in docs/performance-notes.md, at half of the
rate that it can reach, while a writer changes a rule every 10 ms. The time is divided into slices, each with new connections. After each
slice, the program records the service's memory, threads and open files at rest. The first fifth of the time is a warm-up. After that,
memory must stay within 5 % of its value, the numbers of open files and threads must not grow, and the p99 latency of the last third must
be at most one and a half times that of the first third.

--plant runs nothing. It checks with made-up figures that each of these checks can fail.
"""
import argparse
import contextlib
import json
import os
import pathlib
import statistics
import sys
import time

import measuring
import workload
from measuring import say
from processes import machine, resident_bytes, stat
from servers import Heksher, Postgres, workplace
from tables import table
from writer import Writer

CLIENTS = 64
SECONDS_BETWEEN_WRITES = 0.01
SHARE = 0.5
# The largest relative change of memory after the warm-up, and the largest ratio of the p99 latencies.
MEMORY, LATENCY = 0.05, 1.5
# The number of files and threads that may exist briefly.
MORE = 3
TARGET = "/api/v1/query?" + workload.query(workload.asked(), workload.FILTER)


def at_rest(heksher):
    """The figures of the service after the load generator has closed its connections."""
    time.sleep(1)
    return {"resident_bytes": resident_bytes(heksher), "open_files": len(os.listdir(f"/proc/{heksher.pid}/fd")),
            "threads": int(stat(heksher.pid)[17])}


def ask(heksher, seconds, pause):
    return measuring.wrk(heksher.address, TARGET, seconds, CLIENTS, script="paced.lua", arguments=[pause])


def next_pause(pause, counts, wanted):
    """The pause of each connection, in milliseconds, that leads to the wanted rate, derived from the counts with another pause."""
    return max(0, pause + (CLIENTS / wanted - CLIENTS * counts["seconds"] / counts["requests"]) * 1000)


def soak(arguments, heksher, rules):
    say("Measuring what the service can do beside a writer")
    writer = Writer(heksher.address, rules, SECONDS_BETWEEN_WRITES)
    try:
        measuring.wrk(heksher.address, TARGET, 2, CLIENTS)
        counts = measuring.wrk(heksher.address, TARGET, 5, CLIENTS)
        most = counts["requests"] / counts["seconds"]
        pause = CLIENTS / (most * SHARE) * 1000
        for _ in range(6):
            pause = next_pause(pause, ask(heksher, 2, pause), most * SHARE)
        slices, end = [], time.monotonic() + arguments.minutes * 60
        while time.monotonic() < end:
            counts = ask(heksher, arguments.slice, pause)
            # The load of other programs on the machine changes.
            pause = next_pause(pause, counts, most * SHARE)
            slices.append({"requests_per_second": counts["requests"] / counts["seconds"], "p50_seconds": counts["p50"],
                           "p99_seconds": counts["p99"], "longest_seconds": counts["longest"], **at_rest(heksher)})
            last = slices[-1]
            say(f"{len(slices) * arguments.slice / 60:5.1f} min  {last['requests_per_second']:7,.0f}/s  "
                f"p99 {last['p99_seconds'] * 1000:6.2f} ms  {last['resident_bytes'] / 1e6:6.1f} MB  "
                f"{last['open_files']} files, {last['threads']} threads")
    finally:
        writes = writer.stop()
    return most, slices, writes


def verdicts(slices):
    """For each figure that must not grow: a description of its change, and whether the change is small enough."""
    rest = slices[len(slices) // 5:]
    first = rest[0]
    memory = max((abs(found["resident_bytes"] / first["resident_bytes"] - 1) for found in rest), default=0)
    third = max(1, len(rest) // 3)
    p99 = [statistics.median(found["p99_seconds"] for found in part) for part in [rest[:third], rest[-third:]]]
    return {
        "memory": (f"{memory:.1%} from what it was after warming up", memory <= MEMORY),
        **{name.replace("_", " "): (f"{first[name]} after warming up, {rest[-1][name]} in the end",
                                    rest[-1][name] <= first[name] + MORE) for name in ["open_files", "threads"]},
        "p99": (f"{p99[0] * 1000:.2f} ms in the first third, {p99[1] * 1000:.2f} ms in the last", p99[1] <= p99[0] * LATENCY),
    }


# The growth from one slice to the next: as little as a leak that takes a month to fill a machine.
PLANTED = {
    "memory": ("resident_bytes", 100_000), "open files": ("open_files", 0.1), "threads": ("threads", 0.1), "p99": ("p99_seconds", 0.0001)}


def find_what_is_planted():
    steady = {"resident_bytes": 50_000_000, "open_files": 30, "threads": 12, "p99_seconds": 0.003}
    # Half an hour with the usual variation.
    slices = [{**steady, "resident_bytes": 50_000_000 + number % 3 * 500_000, "open_files": 30 + number % 2,
               "p99_seconds": 0.003 + number % 4 * 0.0003} for number in range(60)]
    assert all(kept for _, kept in verdicts(slices).values()), "What stays as it is is told not to"
    for verdict, (figure, growth) in PLANTED.items():
        found = verdicts([{**slice, figure: slice[figure] + number * growth} for number, slice in enumerate(slices)])
        others = [name for name, (_, kept) in found.items() if not kept]
        if others != [verdict]:
            sys.exit(f"What was planted was not found: {verdict}, but {others}")
        print(f"What was planted was found: {verdict}: {found[verdict][0]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("heksher", nargs="?", type=measuring.program, help="the program to test")
    parser.add_argument("--plant", action="store_true", help="check that the checks can fail")
    parser.add_argument("--minutes", type=float, default=30, metavar="N", help="the duration in minutes (30)")
    parser.add_argument("--slice", type=int, default=30, metavar="SECONDS", help="the duration of a slice (30)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="also write the results to this file as JSON")
    parser.add_argument("--check", action="store_true", help="exit with status 1 if something grows")
    arguments = parser.parse_args()
    if arguments.plant:
        return find_what_is_planted()
    if not arguments.heksher:
        parser.error("there is no program to try")
    measuring.need("wrk")
    load = os.getloadavg()[0]
    with workplace() as directory, contextlib.ExitStack() as stack:
        postgres = Postgres(directory)
        stack.callback(postgres.stop)
        Heksher.migrate(arguments.heksher, postgres)
        heksher = Heksher(arguments.heksher, postgres, directory / "heksher.log")
        stack.callback(heksher.stop)
        heksher.first_answer("/api/health")
        rules = workload.load(heksher.address)
        integers = [setting for setting in workload.settings() if setting.type == "int" and setting.name in workload.asked()]
        most, slices, writes = soak(arguments, heksher, [rule for setting in integers for rule in rules[setting.name]])
    found = verdicts(slices)
    if arguments.json:
        arguments.json.write_text(json.dumps(
            {"machine": machine(), "load": load, "minutes": arguments.minutes, "most_requests_per_second": most, "slices": slices,
             "writes": writes, "verdicts": {name: {"found": text, "is_kept": kept} for name, (text, kept) in found.items()}},
            indent=1) + "\n")
    requests = sum(slice["requests_per_second"] * arguments.slice for slice in slices)
    share = requests / (len(slices) * arguments.slice) / most
    print(f"{requests:,.0f} requests in {len(slices) * arguments.slice / 60:.0f} minutes, at {share:.0%} of {most:,.0f} a second, beside "
          f"{writes['writes_per_second']:.0f} writes a second; none failed (load average {load:.1f} before)\n")
    print(table(["what", "found", ""], [[name, text, "as it was" if kept else "NOT AS IT WAS"]
                                        for name, (text, kept) in found.items()]))
    if arguments.check and not all(kept for _, kept in found.values()):
        sys.exit("Something did not stay as it was")


main()
