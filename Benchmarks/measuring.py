"""Turns: in a turn, one load generator measures one server for some seconds. Sides alternate, and a summary combines their turns."""
import argparse
import dataclasses
import glob
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

from processes import cpu_seconds, resident_bytes

CLIENTS = 32


def say(text):
    print(text, file=sys.stderr, flush=True)


def program(path):
    """The type of the argument that names the program to measure."""
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        raise argparse.ArgumentTypeError(f"there is no program {path}")
    return os.path.abspath(path)


def need(*names):
    """Ends the benchmark if one of these programs is missing."""
    for name in names:
        if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin"):
            sys.exit(f"{name} is missing")


@dataclasses.dataclass
class Turn:
    """The result of a turn. Seconds and bytes are those of one request, except for `resident`."""
    rate: float
    p50: float
    p99: float
    bytes: float
    # By the name of the server; `cpu` in seconds of one request, `resident` in bytes.
    cpu: dict
    resident: dict


@dataclasses.dataclass
class Side:
    """A server, or a group of servers, that alternates with another."""
    name: str
    servers: list
    # Generates load for a number of seconds, and returns counts like those of `wrk`.
    run: callable
    # Runs before each turn, and is not measured.
    prepare: callable = lambda: None

    def turn(self, seconds):
        self.prepare()
        before = [cpu_seconds(server) for server in self.servers]
        counts = self.run(seconds)
        requests = max(counts["requests"], 1)
        return Turn(
            rate=counts["requests"] / counts["seconds"], p50=counts["p50"], p99=counts["p99"],
            bytes=counts["bytes"] / requests,
            cpu={server.name: (cpu_seconds(server) - then) / requests for server, then in zip(self.servers, before)},
            resident={server.name: resident_bytes(server) for server in self.servers})


def in_turns(title, sides, rounds, seconds):
    """The turns of each side by its name, in the order A B A B …, after a warm-up of one second each."""
    for side in sides:
        side.turn(1)
    turns = {side.name: [] for side in sides}
    for number in range(1, rounds + 1):
        for side in sides:
            turn = side.turn(seconds)
            turns[side.name].append(turn)
            say(f"{title}, round {number} of {rounds}: {side.name} {turn.rate:,.0f}/s, p50 {turn.p50 * 1000:.3f} ms, "
                f"p99 {turn.p99 * 1000:.3f} ms")
    return turns


def spread(values):
    values = list(values)
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def summary(turns):
    """A summary of the turns of one side."""
    return {
        "requests_per_second": spread(turn.rate for turn in turns),
        "p50_seconds": spread(turn.p50 for turn in turns),
        "p99_seconds": spread(turn.p99 for turn in turns),
        "bytes_per_request": statistics.median(turn.bytes for turn in turns),
        "cpu_seconds_per_request": {
            name: statistics.median(turn.cpu[name] for turn in turns) for name in turns[0].cpu},
        "resident_bytes": {name: turns[-1].resident[name] for name in turns[0].resident},
    }


def wrk(address, target, seconds, clients=CLIENTS, headers={}, script="report.lua", arguments=()):
    """Sends requests as fast as responses arrive. A refusal or a broken connection ends the benchmark, because the results would mean
    nothing."""
    command = ["wrk", "--threads", "1", "--connections", clients, "--duration", f"{seconds}s", "--timeout", "30s",
               "--script", script]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    command += ["http://%s:%d%s" % (*address, target), "--", *arguments]
    done = subprocess.run(list(map(str, command)), cwd=pathlib.Path(__file__).parent, capture_output=True, text=True)
    results = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not results:
        sys.exit(f"wrk failed:\n{done.stdout}{done.stderr}")
    counts = json.loads(results[0].removeprefix("RESULT "))
    if counts["errors"] or counts["refusals"] or not counts["requests"]:
        sys.exit(f"{target[:80]}: of {counts['requests']} answers {counts['refusals']} were refusals, and {counts['errors']} "
                 "requests failed")
    return counts


def pgbench(postgres, script, seconds, directory, clients=CLIENTS):
    """The same counts for PostgreSQL alone, which runs the transactions of a script."""
    prefix = directory / "pgbench"
    done = postgres.command(
        "pgbench", "--no-vacuum", "--client", clients, "--jobs", 1, "--time", seconds, "--protocol", "prepared", "--log",
        "--log-prefix", prefix, "--file", script, "postgres")
    latencies = []
    for log in glob.glob(f"{prefix}.*"):
        # The columns are client, transaction, microseconds, …
        latencies += [int(line.split()[2]) / 1e6 for line in open(log)]
        os.unlink(log)
    if "number of failed transactions: 0 " not in done.stdout:
        sys.exit(f"pgbench had failures:\n{done.stdout}{done.stderr}")
    latencies.sort()
    return {"requests": len(latencies), "seconds": seconds, "bytes": 0, "p50": latencies[len(latencies) // 2],
            "p99": latencies[len(latencies) * 99 // 100]}
