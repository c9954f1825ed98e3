#!/usr/bin/env python3
"""Measures how fast changes reach many clients.

usage: Benchmarks/push.py HEKSHER [--streams N] [--seconds N] [--rate N] [--followed N] [--long] [--json FILE]

HEKSHER is the program to measure, built with optimizations. Streams follow the changes of one instance, while another instance and SQL make
changes in turn. One more client does not read its stream, and another one disconnects again and again: for 5 seconds (with --long, once for
5 minutes), and while PostgreSQL is restarted. The status is 1 if a stream misses an event, if that client misses one without a reset, if
the service admits more than the 10,000 streams of its default limit, or if the latency after the commit is beyond 50 ms (p50) or 250 ms
(p99).
"""
import argparse
import http.client
import json
import mmap
import pathlib
import re
import resource
import socket
import struct
import subprocess
import sys
import threading
import time

import measuring
from measuring import say
from processes import cpu_seconds, machine, resident_bytes
from servers import Heksher, Postgres, workplace
from tables import table

SETTINGS = 1000
# The default of HEKSHER_MAX_STREAMS.
MOST_STREAMS = 10_000
BOUNDS = {"p50": 0.050, "p99": 0.250}
FILL = f"""
INSERT INTO context_features (name, index) VALUES ('tenant', 0);
INSERT INTO settings (name, type, default_value, version) SELECT 'push.s' || n, 'int', '0', '1.0' FROM generate_series(0, {SETTINGS - 1}) AS n;
INSERT INTO configurable (setting, context_feature) SELECT name, 'tenant' FROM settings;
INSERT INTO rules (id, setting, value) SELECT n + 1, 'push.s' || n, '0' FROM generate_series(0, {SETTINGS - 1}) AS n;
INSERT INTO conditions (rule, context_feature, feature_value) SELECT id, 'tenant', 'acme' FROM rules;
SELECT setval('rules_id_seq', {SETTINGS});
"""


class Times:
    """When the last change of each setting began, and when its commit was acknowledged, in memory that the streams share."""

    def __init__(self, path):
        path.write_bytes(bytes(16 * SETTINGS))
        self.file = open(path, "r+b")
        self.memory = mmap.mmap(self.file.fileno(), 0)

    def begin(self, setting):
        struct.pack_into("d", self.memory, 8 * setting, time.monotonic())

    def acknowledge(self, setting):
        struct.pack_into("d", self.memory, 8 * (SETTINGS + setting), time.monotonic())


class SQL:
    """A session of psql."""

    def __init__(self, postgres):
        self.process = subprocess.Popen(
            postgres.arguments("psql") + ["--no-psqlrc", "--quiet", "postgres"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)

    def run(self, statement):
        self.process.stdin.write(f"{statement};\n\\echo done\n")
        self.process.stdin.flush()
        if self.process.stdout.readline().strip() != "done":
            sys.exit("psql ended")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Writer(threading.Thread):
    """Changes one setting after the other at a steady rate: through an instance, and by SQL."""

    def __init__(self, instance, postgres, times, rate):
        super().__init__(daemon=True)
        self.times, self.pause = times, 1 / rate
        self.connection = http.client.HTTPConnection(*instance.address, timeout=60)
        self.sql = SQL(postgres)
        # The numbers of the changed settings, in the order of the changes.
        self.changed, self.is_over = [], threading.Event()

    def run(self):
        due = time.monotonic()
        while not self.is_over.is_set():
            self.change(len(self.changed) % SETTINGS, len(self.changed))
            due = max(due + self.pause, time.monotonic())
            time.sleep(max(0, due - time.monotonic()))

    def change(self, setting, value):
        self.times.begin(setting)
        if value % 2:
            self.sql.run(f"UPDATE settings SET default_value = '{value}' WHERE name = 'push.s{setting}'")
        else:
            self.connection.request("PUT", f"/api/v1/rules/{setting + 1}/value", json.dumps({"value": value}),
                                    {"Content-Type": "application/json"})
            response = self.connection.getresponse()
            text = response.read()
            if response.status != 204:
                sys.exit(f"a change got {response.status} {text}")
        self.times.acknowledge(setting)
        self.changed.append(setting)

    def stop(self):
        self.is_over.set()
        self.join()
        self.sql.close()


class Streams:
    """The clients, in a program of their own."""

    def __init__(self, directory, port, options, times):
        program = directory / "streams"
        subprocess.run(["cc", "-O2", "-o", program, pathlib.Path(__file__).parent / "streams.c"], check=True)
        self.process = subprocess.Popen(
            # Two other clients follow changes as well, and the service admits 10,000.
            [program, str(port), str(options.streams - 2), str(SETTINGS), str(options.followed), times],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            sys.exit("the streams did not begin")

    def report(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Follower:
    """One client, which disconnects and connects again."""

    def __init__(self, address):
        self.address, self.last_id, self.read = address, None, 0

    def connect(self):
        self.socket = socket.create_connection(self.address, timeout=60)
        field = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
        self.socket.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n{field}\r\n".encode())
        self.received = ""
        if self.next() != ("ready", None):
            sys.exit("a stream does not begin with ready")

    def next(self):
        """The next event, and the number of the changed setting."""
        while True:
            while not (found := re.search(r"event: (\w+)\nid: (\S+)\ndata: (.*)\n\n", self.received)):
                part = self.socket.recv(1 << 16)
                if not part:
                    raise ConnectionError("the stream ended")
                self.received += part.decode()
            self.received = self.received[found.end():]
            self.last_id = found[2]
            setting = re.search(r"push\.s(\d+)", found[3])
            return found[1], int(setting[1]) if setting else None

    def gets(self, changed):
        """Whether the client gets these changes, in an order that transactions allow, or a reset."""
        missing = list(changed)
        while missing:
            kind, setting = self.next()
            if kind == "reset":
                return "a reset"
            if setting in missing:
                missing.remove(setting)
        return "all of its changes"

    def disconnect_for(self, seconds, writer):
        """Disconnects; returns the number of changes meanwhile, and the events that the client then gets."""
        before = len(writer.changed)
        self.gets(writer.changed[self.read:before])
        self.socket.close()
        time.sleep(seconds)
        self.read = len(writer.changed)
        self.connect()
        return f"{self.read - before} changes missed, then {self.gets(writer.changed[before:self.read])}"


def unread_stream(address):
    """A client that never reads."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(address)
    client.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return client


def one_stream_more(instance):
    """The response to a client beyond the limit."""
    connection = http.client.HTTPConnection(*instance.address, timeout=60)
    try:
        connection.request("GET", "/api/v1/events")
        response = connection.getresponse()
        return "a stream" if response.status == 200 else f"{response.status} {response.read().decode()}"
    finally:
        connection.close()


def measure(options, directory):
    postgres = Postgres(directory)
    servers = [postgres]
    try:
        Heksher.migrate(options.heksher, postgres)
        postgres.sql(FILL)
        one, other = (Heksher(options.heksher, postgres, directory / f"heksher-{name}.log") for name in ["one", "other"])
        servers += [one, other]
        for instance in (one, other):
            instance.first_answer("/api/v1/query?settings=")
        times = Times(directory / "times")
        say(f"Opening {options.streams} streams")
        before = resident_bytes(one)
        begin = time.monotonic()
        streams = Streams(directory, one.address[1], options, directory / "times")
        opening = time.monotonic() - begin
        memory = (resident_bytes(one) - before) / options.streams
        unread, follower = unread_stream(one.address), Follower(one.address)
        follower.connect()
        beyond = one_stream_more(one)
        writer = Writer(other, postgres, times, options.rate)
        idle = cpu_seconds(one), cpu_seconds(postgres)
        time.sleep(5)
        idle = [(cpu_seconds(server) - cpu) / 5 for server, cpu in zip((one, postgres), idle)]
        say(f"Measuring for {options.seconds} seconds")
        writer.start()
        time.sleep(2)
        streams.report()
        cpu, changes = (cpu_seconds(one), cpu_seconds(postgres)), len(writer.changed)
        time.sleep(options.seconds)
        cpu = [(cpu_seconds(server) - then) / options.seconds for server, then in zip((one, postgres), cpu)]
        result = streams.report()
        changes = len(writer.changed) - changes
        say("Disconnecting a client")
        again = {"5 s": follower.disconnect_for(5, writer)}
        if options.long:
            again["5 min"] = follower.disconnect_for(300, writer)
        writer.stop()
        again["restart of PostgreSQL"] = away_during_restart(options, postgres, follower, other, times)
        unread.close()
        streams.close()
    finally:
        for server in reversed(servers):
            server.stop()
    followers = (options.streams - 2) * (options.followed / SETTINGS if options.followed else 1)
    return {
        "machine": machine(), "streams": options.streams, "followed": options.followed or "all",
        "changes_per_second": changes / options.seconds, "events_per_change": result["events"] / changes,
        "followers_per_setting": followers, "latency": {name: result[name] for name in ["p50", "p90", "p99", "longest"]},
        "resets": result["resets"], "ended": result["ended"], "kilobytes_per_stream": memory / 1000,
        "seconds_to_open": opening, "cpu": dict(zip(["service", "postgresql"], cpu)),
        "cpu_without_changes": dict(zip(["service", "postgresql"], idle)), "reconnecting": again, "one_stream_more": beyond,
    }


def away_during_restart(options, postgres, follower, instance, times):
    """Restarts PostgreSQL while a client is disconnected, and makes changes before it connects again."""
    follower.socket.close()
    postgres.restart()
    instance.wait_until(lambda: instance.get("/api/v1/query?settings=")[0] == 200)
    writer = Writer(instance, postgres, times, options.rate)
    writer.start()
    time.sleep(2)
    writer.stop()
    follower.connect()
    return f"{len(writer.changed)} changes missed, then {follower.gets(writer.changed)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("heksher", metavar="HEKSHER", type=measuring.program)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=20, help="changes per second")
    parser.add_argument("--followed", type=int, default=0, help="the settings that each stream follows; 0 for all")
    parser.add_argument("--long", action="store_true", help="also disconnect a client for 5 minutes")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path)
    options = parser.parse_args()
    measuring.need("cc")
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if files < options.streams + 500:
        sys.exit(f"{options.streams} streams need more open files than 'ulimit -Hn' allows ({files})")
    with workplace() as directory:
        result = measure(options, directory)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2))
    show(result)


def show(result):
    """Prints the results, and ends with status 1 if they are beyond a bound."""
    latency, cpu, idle = result["latency"], result["cpu"], result["cpu_without_changes"]
    print(f"{result['streams']} streams, each of {result['followed']} settings; {result['changes_per_second']:.1f} changes a second\n")
    print(table(["", "result", "bound"], [
        *([name, f"{latency[name] * 1000:.1f} ms", f"{BOUNDS[name] * 1000:.0f} ms" if name in BOUNDS else ""] for name in latency),
        ["events per change", f"{result['events_per_change']:.1f}", ""],
        ["memory of the service per stream", f"{result['kilobytes_per_stream']:.1f} kB", ""],
        ["processors of the service", f"{cpu['service']:.2f}, without changes {idle['service']:.3f}", ""],
        ["processors of PostgreSQL", f"{cpu['postgresql']:.2f}, without changes {idle['postgresql']:.3f}", ""],
        ["opening all streams", f"{result['seconds_to_open']:.1f} s", ""],
        ["one stream more", result["one_stream_more"], ""],
        *([f"a client that is away: {name}", outcome, ""] for name, outcome in result["reconnecting"].items()),
    ]))
    problems = [f"{name} is beyond {bound * 1000:.0f} ms" for name, bound in BOUNDS.items() if latency[name] > bound]
    if result["resets"] or result["ended"]:
        problems.append(f"{result['resets']} resets and {result['ended']} ended streams")
    if result["streams"] >= MOST_STREAMS and not result["one_stream_more"].startswith("503"):
        problems.append("the service admits more streams than its limit")
    if abs(result["events_per_change"] / result["followers_per_setting"] - 1) > 0.02:
        problems.append("streams have missed events")
    if problems:
        sys.exit("; ".join(problems))


main()
