#!/usr/bin/env python3
"""Measures the service in turns with nginx, which serves the same bytes, and with PostgreSQL alone, on one machine.

usage: Benchmarks/bench.py HEKSHER [--seconds N] [--rounds N] [--only QUESTION...] [--quick] [--json FILE] [--check]

HEKSHER is the program to measure, built with optimizations. docs/performance-notes.md describes the cases, which are the values of QUESTION.
"""
import argparse
import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import random
import statistics
import sys
import time

import measuring
import workload
from measuring import CLIENTS, Side, in_turns, say, spread, summary
from processes import machine
from servers import Heksher, Nginx, Postgres, workplace
from tables import between, milliseconds, table
from writer import Writer

QUERY = "/api/v1/query"
EVALUATE = "/api/v1/evaluate"
FLAGS = "/ofrep/v1/evaluate/flags"
SECONDS_BETWEEN_WRITES = 0.01
LONGEST_P99_BESIDE_WRITES = 0.02
FEWEST_WRITES_PER_SECOND = 90


@dataclasses.dataclass
class Question:
    """A request to the service and, at the path `name`, to nginx. `floor` and `aim` are ratios of the service's rate to nginx's."""
    name: str
    title: str
    floor: float
    aim: float
    query: str = ""
    is_unchanged: bool = False
    is_unasked: bool = False
    has_writes: bool = False
    path: str = QUERY
    # The body of a POST request; a GET request has none.
    body: dict | None = None


SEVERAL = workload.query(workload.asked(), workload.FILTER)
QUESTIONS = [
    Question("fifty", "50 settings", 0.35, 0.6, SEVERAL),
    Question("one", "one setting", 0.3, 0.5, workload.query([workload.ONE], workload.FILTER)),
    Question("dump", "full dump", 0.6, 0.9),
    Question("unchanged", "full dump, unchanged (304)", 0.3, 0.5, is_unchanged=True),
    Question("unasked", "50 settings, a filter never asked before", 0.12, 0.25,
             f"settings={','.join(workload.asked())}", is_unasked=True),
    Question("writes", "50 settings, a write every 10 ms", 0.2, 0.4, SEVERAL, has_writes=True),
    Question("evaluate", "evaluate one setting", 0.35, 0.6, f"settings={workload.ONE}&context={workload.CONTEXT_TEXT}", path=EVALUATE),
    Question("evaluate-fifty", "evaluate 50 settings", 0.3, 0.5,
             f"settings={','.join(workload.asked())}&context={workload.CONTEXT_TEXT}", path=EVALUATE),
    Question("flag", "OFREP, one flag", 0.3, 0.5, path=f"{FLAGS}/{workload.ONE}", body={"context": workload.CONTEXT}),
    Question("flags", "OFREP, all flags, unchanged (304)", 0.3, 0.5, is_unchanged=True, path=FLAGS,
             body={"context": workload.CONTEXT}),
]
# The ratio to pgbench's rate, declarations per second, and the ratio to the time of three requests to nginx and a `SELECT 1`.
RULES_FLOOR, DECLARATIONS_FLOOR, CONNECTION_LIMIT = 0.5, 5000, 1
# The longest time of a change of this many operations.
OPERATIONS, LONGEST_CHANGE = 1000, 1
OTHERS = ["connection", "rules", "changes", "declare", "start"]


def verdict(value, floor, aim=None):
    if aim is not None and value >= aim:
        return "aim"
    return "floor" if value >= floor else "missed"


class Benchmark:
    def __init__(self, arguments, directory, stack):
        self.arguments, self.directory, self.stack = arguments, directory, stack
        self.rounds, self.seconds = arguments.rounds, arguments.seconds
        say("Starting PostgreSQL, the service and nginx")
        self.postgres = self.started(Postgres(directory))
        Heksher.migrate(arguments.heksher, self.postgres)
        self.heksher = self.started(Heksher(arguments.heksher, self.postgres, directory / "heksher.log"))
        self.heksher.first_answer("/api/health")
        self.nginx = self.started(Nginx(directory))
        say("Loading the workload")
        self.rules = workload.load(self.heksher.address)
        self.last_rule = max(max(ids) for ids in self.rules.values())
        self.postgres.sql("VACUUM ANALYZE")

    def started(self, server):
        self.stack.callback(server.stop)
        return server

    def asked(self, question, seconds=None):
        """The targets and headers for the service and for nginx. It also gives nginx the body to serve."""
        target = question.path + ("?" + question.query if question.query else "")
        headers, sent = {}, None if question.body is None else json.dumps(question.body)
        if question.is_unasked:
            samples = [self.heksher.get(f"{target}&context_filters={filters}") for filters in workload.unasked_filters(100)]
            wanted, body = statistics.mean(sample[1] for sample in samples), samples[0][2]
            length = round(statistics.mean(len(sample[2]) for sample in samples))
            body = body[:length].ljust(length)
        else:
            status, wanted, body, tag = self.heksher.get(target, body=sent)
            if question.is_unchanged:
                headers = {"If-None-Match": tag}
                status, wanted, body, _ = self.heksher.get(target, headers, sent)
            if status != (304 if question.is_unchanged else 200):
                sys.exit(f"{target} answered {status}")
        self.nginx.give(question.name, body)
        limit = f"/{question.name}" + ("?" + question.query if question.query else "")
        return target, limit, headers, wanted, len(body)

    def ask(self, question):
        target, limit, headers, wanted, body = self.asked(question)
        say(f"{question.title}: {body:,} bytes")
        script, arguments = "report.lua", lambda: []
        if question.body is not None:
            bodies = self.directory / question.name
            bodies.write_text(json.dumps(question.body) + "\n")
            script, arguments = "post.lua", lambda: [bodies]
        if question.is_unasked:
            script = "unasked.lua"
            arguments = lambda: [random.randrange(2**31), len(workload.FEATURES["tenant"]), workload.UNASKED_TENANTS,
                                 len(workload.FEATURES["user"]), workload.UNASKED_USERS]
        writes = []

        def ask(address, target, seconds):
            return measuring.wrk(address, target, seconds, headers=headers, script=script, arguments=arguments())

        def ask_service(seconds):
            if not question.has_writes:
                return ask(self.heksher.address, target, seconds)
            integers = [setting for setting in workload.settings()
                        if setting.type == "int" and setting.name in workload.asked()]
            rules = [rule for setting in integers for rule in self.rules[setting.name]]
            writer = Writer(self.heksher.address, rules, SECONDS_BETWEEN_WRITES)
            try:
                return ask(self.heksher.address, target, seconds)
            finally:
                writes.append(writer.stop())

        turns = in_turns(question.title, [
            Side("nginx", [self.nginx], lambda seconds: ask(self.nginx.address, limit, seconds)),
            Side("heksher", [self.heksher, self.postgres], ask_service)], self.rounds, self.seconds)
        for turn in turns["heksher"]:
            # A fast wrong response must not count.
            if abs(turn.bytes - wanted) > wanted * 0.03 + 3:
                sys.exit(f"{question.title}: answers were {turn.bytes:.0f} bytes long on the average, not {wanted:.0f}")
        result = self.compared(turns, "nginx", question.floor, question.aim) | {"title": question.title, "body_bytes": body}
        if question.has_writes:
            # The first result belongs to the warm-up.
            result["writes"] = writes[1:]
            if result["heksher"]["p99_seconds"]["median"] > LONGEST_P99_BESIDE_WRITES:
                result["verdict"] = "missed"
            if statistics.median(write["writes_per_second"] for write in result["writes"]) < FEWEST_WRITES_PER_SECOND:
                result["verdict"] = "missed"
        return result

    def compared(self, turns, other, floor, aim=None):
        ratio = spread(ours.rate / theirs.rate for ours, theirs in zip(turns["heksher"], turns[other]))
        return {
            "ratio": ratio, "against": other, "floor": floor, "aim": aim, "verdict": verdict(ratio["median"], floor, aim),
            "heksher": summary(turns["heksher"]), other: summary(turns[other])}

    def create_rules(self):
        """Compares the creation of rules with pgbench, which runs the same statements."""
        bodies = self.directory / "rules"
        word = f"w{random.randrange(2**31)}"
        bodies.write_text("".join(json.dumps(
            {"setting": setting.name, "feature_values": {"tenant": f"t{number % 40 + 1}", "user": f"{word}_@@@@@@@@"},
             "value": setting.default, "metadata": {"owner": "team_1"}}) + "\n"
            for number, setting in enumerate(workload.settings())))
        script = pathlib.Path(__file__).parent / "create-rule.sql"

        def forget():
            self.postgres.sql(f"DELETE FROM rules WHERE id > {self.last_rule}")
            self.postgres.sql("VACUUM ANALYZE")

        turns = in_turns("rule creation", [
            Side("pgbench", [self.postgres], lambda seconds: measuring.pgbench(
                self.postgres, script, seconds, self.directory), prepare=forget),
            Side("heksher", [self.heksher, self.postgres], lambda seconds: measuring.wrk(
                self.heksher.address, "/api/v1/rules", seconds, script="post.lua", arguments=[bodies]), prepare=forget),
        ], self.rounds, self.seconds)
        forget()
        return self.compared(turns, "pgbench", RULES_FLOOR) | {"title": "rule creation"}

    def changes(self):
        """A change of many new rules, compared with as many requests one after the other on one connection."""
        client, rounds = http.client.HTTPConnection(*self.heksher.address, timeout=60), []

        def ask(path, body):
            client.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            response = client.getresponse()
            if response.status not in (200, 201):
                sys.exit(f"{path} answered {response.status}: {response.read()}")
            response.read()

        settings = workload.settings()
        for number in range(self.rounds):
            seconds = []
            for word in ("together", "alone"):
                rules = [{"setting": settings[index % len(settings)].name, "value": settings[index % len(settings)].default,
                          "feature_values": {"user": f"{word}_{number}_{index}"}} for index in range(OPERATIONS)]
                begin = time.monotonic()
                if word == "together":
                    ask("/api/v1/changes", {"operations": [{"operation": "addRule", **rule} for rule in rules]})
                else:
                    for rule in rules:
                        ask("/api/v1/rules", rule)
                seconds.append(time.monotonic() - begin)
            rounds.append(seconds)
        self.postgres.sql(f"DELETE FROM rules WHERE id > {self.last_rule}")
        together = spread(seconds for seconds, _ in rounds)
        return {"title": f"a change of {OPERATIONS:,} new rules", "seconds": together, "alone_seconds": spread(alone for _, alone in rounds),
                "share": spread(seconds / alone for seconds, alone in rounds),
                "verdict": "floor" if together["median"] <= LONGEST_CHANGE else "missed"}

    def declare(self):
        bodies = self.directory / "declarations"
        bodies.write_text("".join(json.dumps(setting.declaration()) + "\n" for setting in workload.settings()))
        turns = in_turns("declaring what is up to date", [
            Side("heksher", [self.heksher, self.postgres], lambda seconds: measuring.wrk(
                self.heksher.address, "/api/v1/settings/declare", seconds, script="post.lua", arguments=[bodies])),
        ], self.rounds, self.seconds)
        ours = summary(turns["heksher"])
        return {"title": "declaring what is up to date", "heksher": ours, "floor": DECLARATIONS_FLOOR,
                "verdict": verdict(ours["requests_per_second"]["median"], DECLARATIONS_FLOOR)}

    def connection(self):
        """The median latency on one connection, compared with the time of three requests to nginx and a `SELECT 1`."""
        nothing = self.directory / "nothing.sql"
        nothing.write_text("SELECT 1;\n")
        results = {}
        for question in QUESTIONS:
            if question.is_unasked or question.has_writes or question.body is not None:
                continue
            target, limit, headers, *_ = self.asked(question)
            turns = in_turns(f"{question.title}, one connection", [
                Side("nginx", [], lambda seconds: measuring.wrk(self.nginx.address, limit, seconds, 1, headers)),
                Side("heksher", [], lambda seconds: measuring.wrk(self.heksher.address, target, seconds, 1, headers)),
                Side("SELECT 1", [], lambda seconds: measuring.pgbench(self.postgres, nothing, seconds, self.directory, 1)),
            ], self.rounds, max(1, self.seconds // 2))
            share = spread(ours.p50 / (3 * limit.p50 + select.p50)
                           for ours, limit, select in zip(turns["heksher"], turns["nginx"], turns["SELECT 1"]))
            results[question.name] = {
                "title": question.title, "share_of_limit": share, "limit": CONNECTION_LIMIT,
                "verdict": "floor" if share["median"] <= CONNECTION_LIMIT else "missed",
                "p50_seconds": {name: spread(turn.p50 for turn in of_side) for name, of_side in turns.items()}}
        return results

    def start(self):
        """The time from the start of the process to the first response to a query for 50 settings, with the workload stored."""
        seconds = []
        for number in range(max(3, self.rounds)):
            another = Heksher(self.arguments.heksher, self.postgres, self.directory / "another.log")
            try:
                seconds.append(another.first_answer(f"{QUERY}?{SEVERAL}"))
            finally:
                another.stop()
        return {"title": "start to first answer", "seconds": spread(seconds)}

    def run(self):
        wanted = self.arguments.only or [question.name for question in QUESTIONS] + OTHERS
        results = {}
        for question in QUESTIONS:
            if question.name in wanted:
                results[question.name] = self.ask(question)
        steps = {"connection": self.connection, "rules": self.create_rules, "changes": self.changes, "declare": self.declare, "start": self.start}
        for name, step in steps.items():
            if name in wanted:
                results[name] = step()
        return {
            "machine": machine(), "rounds": self.rounds, "seconds": self.seconds, "clients": CLIENTS,
            "versions": {"postgresql": self.postgres.version, "nginx": self.nginx.version}, "results": results}


def rate(side):
    values = side["requests_per_second"]
    return f"{values['median']:,.0f}"


def share(value):
    return "" if value is None else f"{value:g}"


def tables(report):
    results = report["results"]
    compared = [result for result in results.values() if "ratio" in result]
    if compared:
        yield table(
            ["question", "heksher /s", "other /s", "ratio (spread)", "floor", "aim", "reached"],
            [[result["title"], rate(result["heksher"]), rate(result[result["against"]]) + f" {result['against']}",
              between(result["ratio"], "{:.2g}"), share(result["floor"]), share(result["aim"]), result["verdict"]]
             for result in compared])
    if declared := results.get("declare"):
        yield table(
            ["", "a second (spread)", "floor", "reached"],
            [[declared["title"], between(declared["heksher"]["requests_per_second"], "{:,.0f}"),
              f"{declared['floor']:,}", declared["verdict"]]])
    measured = compared + [results[name] for name in ["declare"] if name in results]
    if measured:
        yield table(
            ["per request", "p50 ms", "other's", "p99 ms", "other's", "CPU µs", "PostgreSQL's", "other's", "bytes",
             "resident MB"],
            [costs(result) for result in measured])
    if writes := results.get("writes", {}).get("writes"):
        yield table(
            ["writes beside the reads", "a second", "p50 ms", "longest ms"],
            [[f"round {number}", f"{write['writes_per_second']:.0f}", milliseconds(write["p50_seconds"]),
              milliseconds(write["longest_seconds"])] for number, write in enumerate(writes, 1)])
    if "connection" in results:
        yield table(
            ["one connection, p50 in ms", "heksher", "nginx", "SELECT 1", "of 3 × nginx + SELECT 1", "limit", "reached"],
            [[result["title"], *(f"{result['p50_seconds'][name]['median'] * 1000:.3f}"
                                 for name in ["heksher", "nginx", "SELECT 1"]),
              between(result["share_of_limit"]), result["limit"], result["verdict"]]
             for result in results["connection"].values()])
    if changed := results.get("changes"):
        yield table(
            ["", "ms (spread)", "the same one by one, ms", "share", "reached"],
            [[changed["title"], *(between({name: value * 1000 for name, value in changed[key].items()}, "{:.0f}")
                                  for key in ["seconds", "alone_seconds"]), between(changed["share"]), changed["verdict"]]])
    if started := results.get("start"):
        yield table(["", "ms (spread)"],
                    [[started["title"], between({name: value * 1000 for name, value in started["seconds"].items()}, "{:.0f}")]])


def costs(result):
    ours, other = result["heksher"], result.get(result.get("against"))
    cpu = {name: f"{value * 1e6:.0f}" for name, value in ours["cpu_seconds_per_request"].items()}
    return [
        result["title"], milliseconds(ours["p50_seconds"]["median"]),
        milliseconds(other["p50_seconds"]["median"]) if other else "", milliseconds(ours["p99_seconds"]["median"]),
        milliseconds(other["p99_seconds"]["median"]) if other else "", cpu["heksher serve"], cpu["PostgreSQL"],
        f"{sum(other['cpu_seconds_per_request'].values()) * 1e6:.0f}" if other else "", f"{ours['bytes_per_request']:,.0f}",
        f"{ours['resident_bytes']['heksher serve'] / 1e6:.0f}"]


def missed(results):
    for result in results.values():
        if "verdict" in result:
            if result["verdict"] == "missed":
                yield result["title"]
        elif "seconds" not in result:
            yield from (f"{title}, one connection" for title in missed(result))


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("heksher", type=measuring.program, help="the program to measure")
    parser.add_argument("--seconds", type=int, default=5, metavar="N", help="the duration of a turn (5)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="the number of turns of each side (3)")
    parser.add_argument("--only", nargs="+", choices=[question.name for question in QUESTIONS] + OTHERS, metavar="QUESTION",
                        help="some of: " + ", ".join([question.name for question in QUESTIONS] + OTHERS))
    parser.add_argument("--quick", action="store_true", help="run one round of one second, to check that everything works")
    parser.add_argument("--json", type=os.path.abspath, metavar="FILE", help="also write the results to this file as JSON")
    parser.add_argument("--check", action="store_true", help="exit with status 1 if a floor is missed")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.seconds = arguments.rounds = 1
    if min(arguments.seconds, arguments.rounds) < 1:
        parser.error("there is at least one round of one second")
    return arguments


def main():
    arguments = parsed()
    measuring.need("nginx", "wrk")
    load = os.getloadavg()[0]
    if load > os.cpu_count() / 2:
        say(f"Others are busy on this machine (load average {load:.1f}): expect a wide spread")
    with workplace() as directory, contextlib.ExitStack() as stack:
        report = Benchmark(arguments, directory, stack).run()
    print(f"\n{report['machine']['cores']} cores of {report['machine']['processor']}, PostgreSQL "
          f"{report['versions']['postgresql']}, nginx {report['versions']['nginx']}; {CLIENTS} connections, "
          f"{arguments.rounds} rounds of {arguments.seconds} s\n")
    print("\n\n".join(tables(report)))
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(report, indent=2) + "\n")
    too_slow = list(missed(report["results"]))
    print("\n" + (f"Floors missed: {'; '.join(too_slow)}" if too_slow else "No floor is missed"))
    if too_slow and arguments.check:
        sys.exit(1)


main()
