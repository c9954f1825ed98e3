#!/usr/bin/env python3
"""Measures what many rules and many connections cost the service, and draws the curve.

usage: Benchmarks/scale.py HEKSHER [--rules N...] [--connections N] [--json FILE] [--svg FILE]

HEKSHER is the program to measure, built with optimizations. docs/performance-notes.md describes the measurements.
"""
import argparse
import contextlib
import http.client
import json
import operator
import os
import pathlib
import re
import resource
import socket
import statistics
import subprocess
import sys
import time

import chart
import measuring
from measuring import say
from processes import cpu_seconds, machine, resident_bytes
from servers import Heksher, Postgres, workplace
from tables import milliseconds, table

RULES_OF_EACH = 10
ASKED = 50
STARTS = 3
CHANGES = 200
SECONDS_IDLE = 15
# The number of open files other than connections.
OTHER_FILES = 200

# Creates the settings from `first` to `last`. Each has ten rules with two conditions and one metadata key.
FILL = """
INSERT INTO settings (name, type, default_value, version)
    SELECT 'scale.setting_' || n, 'int', '10', '1.0' FROM generate_series({first}, {last}) AS n;
INSERT INTO configurable (setting, context_feature)
    SELECT 'scale.setting_' || n, feature FROM generate_series({first}, {last}) AS n, unnest('{{tenant,user}}'::text[]) AS feature;
INSERT INTO setting_metadata (setting, key, value)
    SELECT 'scale.setting_' || n, 'owner', '"team_1"' FROM generate_series({first}, {last}) AS n;
CREATE TEMPORARY TABLE added AS SELECT nextval('rules_id_seq')::int AS id, 'scale.setting_' || n AS setting
    FROM generate_series({first}, {last}) AS n, generate_series(1, {rules}) AS m;
INSERT INTO rules (id, setting, value) SELECT id, setting, (10 + id % 90)::text FROM added;
INSERT INTO conditions (rule, context_feature, feature_value) SELECT id, 'tenant', 't' || id % 1000 FROM added;
INSERT INTO conditions (rule, context_feature, feature_value) SELECT id, 'user', 'u' || id % 100000 FROM added;
INSERT INTO rule_metadata (rule, key, value) SELECT id, 'owner', '"team_1"' FROM added;
"""
# The size of all settings and rules as text.
TEXT = """
SELECT (SELECT coalesce(sum(octet_length(name || type || default_value || version)), 0) FROM settings)
    + (SELECT coalesce(sum(octet_length(context_feature)), 0) FROM configurable)
    + (SELECT coalesce(sum(octet_length(key || value::text)), 0) FROM setting_metadata)
    + (SELECT coalesce(sum(octet_length(value)), 0) FROM rules)
    + (SELECT coalesce(sum(octet_length(context_feature || feature_value)), 0) FROM conditions)
    + (SELECT coalesce(sum(octet_length(key || value::text)), 0) FROM rule_metadata)
"""
ONE = "/api/v1/query?settings=scale.setting_1&context_filters=tenant:(t1),user:*"


class Scale:
    def __init__(self, arguments, directory, stack):
        self.arguments, self.directory = arguments, directory
        say("Starting PostgreSQL")
        self.postgres = Postgres(directory)
        stack.callback(self.postgres.stop)
        Heksher.migrate(arguments.heksher, self.postgres)
        self.postgres.sql("INSERT INTO context_features (name, index) VALUES ('tenant', 0), ('user', 1)")
        self.settings = 0

    @contextlib.contextmanager
    def service(self, target):
        """A service after its first response, and the seconds from its start to that response."""
        service = Heksher(self.arguments.heksher, self.postgres, self.directory / "heksher.log")
        try:
            yield service, service.first_answer(target)
        finally:
            service.stop()

    def resting(self, service):
        """The memory of the service in bytes, after it has finished the work that follows a response."""
        while True:
            before = cpu_seconds(service)
            time.sleep(1)
            if cpu_seconds(service) - before < 0.05:
                return resident_bytes(service)

    def loading(self):
        """The seconds that the last start took to read everything. Meanwhile, the service answered from the tables. It only logs times of
        more than a second, so a shorter time is 0."""
        said = re.findall(r'reading_took\W+([0-9.]+) seconds', (self.directory / "heksher.log").read_text())
        return float(said[-1]) if said else 0

    def run(self):
        with self.service("/api/v1/query?settings=") as (service, _):
            empty = self.resting(service)
        points = []
        for rules in self.arguments.rules:
            self.fill(rules)
            points.append(self.point(rules, empty))
        return {"machine": machine(), "versions": {"postgresql": self.postgres.version}, "empty_resident_bytes": empty,
                "points": points, "connections": self.connections() if self.arguments.connections else None}

    def fill(self, rules):
        settings = rules // RULES_OF_EACH
        say(f"Filling up to {settings:,} settings with {rules:,} rules")
        self.postgres.sql(FILL.format(first=self.settings + 1, last=settings, rules=RULES_OF_EACH))
        self.settings = settings
        self.postgres.sql("VACUUM ANALYZE")

    def point(self, rules, empty):
        starts = []
        for _ in range(STARTS):
            with self.service(ONE) as (service, seconds):
                starts.append(seconds)
                resident = self.resting(service)
        loading = self.loading()
        text = int(self.postgres.sql(TEXT))
        with self.service(ONE) as (service, _):
            # Wait until everything is in memory.
            self.resting(service)
            seconds = self.changes(service)
        point = {
            "rules": rules, "settings": self.settings, "start_seconds": statistics.median(starts), "loading_seconds": loading,
            "text_bytes": text,
            "resident_bytes": resident, "bytes_per_rule_beyond_text": (resident - empty - text) / rules,
            **{f"{name}_seconds": value for name, value in seconds.items()}}
        say(f"{rules:,} rules: start {starts[-1]:.3f} s, {resident / 1e6:.0f} MB of which {text / 1e6:.1f} MB text, "
            "a query " + ", ".join(f"{name.replace('_', ' ')} {value * 1000:.2f} ms" for name, value in seconds.items()))
        return point

    def changes(self, service):
        """The seconds of a query for some settings: right after another query, right after SQL has changed another table, and right after
        a rule of the settings has changed, through the service or by SQL."""
        step = max(1, self.settings // ASKED)
        names = [f"scale.setting_{number * step + 1}" for number in range(min(ASKED, self.settings))]
        target = f"/api/v1/query?settings={','.join(names)}&context_filters=*"
        # The IDs of the first setting's rules.
        ids = self.postgres.sql("SELECT id FROM rules WHERE setting = 'scale.setting_1' ORDER BY id").split()
        connection = http.client.HTTPConnection(*service.address, timeout=300)
        psql = subprocess.Popen(
            [*self.postgres.arguments("psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "postgres"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def query():
            started = time.perf_counter()
            connection.request("GET", target)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                sys.exit(f"A query answered {response.status}")
            return time.perf_counter() - started

        def change_by_service(rule, value):
            connection.request("PUT", f"/api/v1/rules/{rule}/value", json.dumps({"value": value}))
            response = connection.getresponse()
            response.read()
            if response.status != 204:
                sys.exit(f"A rule's change answered {response.status}")

        def sql(statement):
            print(f"{statement};\n\\echo done", file=psql.stdin, flush=True)
            if psql.stdout.readline() != "done\n":
                sys.exit("psql failed")

        def change_by_sql(rule, value):
            sql(f"UPDATE rules SET value = '{value}' WHERE id = {rule}")

        def change_something_else(rule, value):
            sql(f"UPDATE something_else SET value = '{value}' WHERE id = {rule}")

        try:
            # The table is as durable as that of rules, so that a commit waits for the disk equally long.
            sql("CREATE TABLE something_else AS SELECT id, value FROM rules WHERE setting = 'scale.setting_1'")
            for _ in range(10):
                query()
            changes = {"after_change_by_service": change_by_service, "after_change_by_sql": change_by_sql,
                       "after_other_sql": change_something_else}
            seconds = {name: [] for name in ["unchanged", *changes]}
            for number in range(CHANGES):
                for name, change in changes.items():
                    change(ids[number % len(ids)], 10 + number)
                    seconds[name].append(query())
                    seconds["unchanged"].append(query())
            return {name: statistics.median(values) for name, values in seconds.items()}
        finally:
            sql("DROP TABLE IF EXISTS something_else")
            connection.close()
            psql.stdin.close()
            psql.wait()

    def connections(self):
        """The cost of connections that send a query, are idle, and send another."""
        wanted = self.arguments.connections
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if allowed != resource.RLIM_INFINITY and wanted + OTHER_FILES > allowed:
            wanted = allowed - OTHER_FILES
            say(f"A process may have {allowed:,} files open here: {wanted:,} connections are held")
        with self.service(ONE) as (service, _), contextlib.ExitStack() as stack:
            request = f"GET {ONE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

            def answers(client):
                try:
                    client.sendall(request)
                    answer = client.recv(65536)
                    head, _, body = answer.partition(b"\r\n\r\n")
                    length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                                  if line.startswith(b"content-length:"))
                    while len(body) < length:
                        if not (more := client.recv(65536)):
                            return False
                        body += more
                    return head.startswith(b"HTTP/1.1 200 ")
                except (OSError, StopIteration):
                    return False

            def opened():
                client = socket.create_connection(service.address, timeout=60)
                stack.callback(client.close)
                return client

            # A first group of connections, so that one-time costs do not count.
            errors = sum(not answers(opened()) for _ in range(100))
            before = self.resting(service)
            say(f"Opening {wanted:,} connections")
            clients = [opened() for _ in range(wanted)]
            errors += sum(not answers(client) for client in clients)
            cpu = cpu_seconds(service)
            time.sleep(SECONDS_IDLE)
            cpu = cpu_seconds(service) - cpu
            held = resident_bytes(service)
            errors += sum(not answers(client) for client in clients)
        result = {"count": wanted, "bytes_per_connection": (held - before) / wanted, "errors": errors,
                  "cpu_share_while_idle": cpu / SECONDS_IDLE}
        say(f"{wanted:,} connections: {result['bytes_per_connection'] / 1000:.1f} kB each, {errors} errors")
        return result


def by_service(point):
    """The seconds of a query after a change through the service, and of one without a change."""
    return point["after_change_by_service_seconds"], point["unchanged_seconds"]


def by_sql(point):
    return point["after_change_by_sql_seconds"], point["after_other_sql_seconds"]


def tables(report):
    yield table(
        ["rules", "start ms", "resident MB", "text MB", "bytes a rule beyond text", "in memory after s", "query ms", "after a change",
         "after SQL about something else", "after a change by SQL"],
        [[f"{point['rules']:,}", f"{point['start_seconds'] * 1000:.0f}", f"{point['resident_bytes'] / 1e6:.0f}",
          f"{point['text_bytes'] / 1e6:.1f}", f"{point['bytes_per_rule_beyond_text']:,.0f}",
          f"{point['loading_seconds']:.1f}" if point["loading_seconds"] else "< 1", *(
              text for seconds, usual in [by_service(point), by_sql(point)]
              for text in [milliseconds(usual), f"{milliseconds(seconds)} ({seconds / usual:.2f} ×)"])]
         for point in report["points"]])
    if held := report["connections"]:
        yield table(
            ["idle connections", "kB each", "errors", "CPU while idle"],
            [[f"{held['count']:,}", f"{held['bytes_per_connection'] / 1000:.1f}", held["errors"],
              f"{held['cpu_share_while_idle']:.1%}"]])


def drawing(points):
    rules = [point["rules"] for point in points]
    return chart.drawn([
        chart.Panel("Start to first answer", "ms", rules, {"": [point["start_seconds"] * 1000 for point in points]}),
        chart.Panel("Memory of a rule beyond its text", "bytes", rules, {
            "": [point["bytes_per_rule_beyond_text"] for point in points]}),
        chart.Panel("Next query after a change", "times an unchanged one", rules, {
            name: [operator.truediv(*way(point)) for point in points]
            for name, way in [("by the service", by_service), ("by SQL", by_sql)]}),
    ], "rules")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("heksher", type=measuring.program, help="the program to measure")
    parser.add_argument("--rules", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000], metavar="N",
                        help="numbers of rules, in ascending order (1000 10000 100000 1000000)")
    parser.add_argument("--connections", type=int, default=10_000, metavar="N",
                        help="the number of idle connections; 0 skips this part (10000)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="also write the results to this file as JSON")
    parser.add_argument("--svg", type=pathlib.Path, metavar="FILE", help="draw the curve to this file")
    arguments = parser.parse_args()
    if sorted(set(arguments.rules)) != arguments.rules or arguments.rules[0] < RULES_OF_EACH:
        parser.error(f"--rules takes growing numbers from {RULES_OF_EACH} on")
    # The service and this program each hold one end of each connection.
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    with workplace() as directory, contextlib.ExitStack() as stack:
        report = Scale(arguments, directory, stack).run()
    print("\n" + "\n\n".join(tables(report)))
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    if arguments.svg:
        arguments.svg.write_text(drawing(report["points"]))


main()
