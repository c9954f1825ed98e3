"""Readers that compare each response with the changes that were acknowledged before the request."""
import json
import random
import time

from lab.connections import Connection, request
from places import WRITERS
from queries import Query

# After an outage, an instance may respond with 503 for this number of seconds, as docs/reliability.md promises.
GRACE = 5

EVERYTHING = {"tenant": None, "user": None, "first": None, "second": None}
REPEATED = [
    Query(), Query(with_metadata=True), Query(filters=EVERYTHING),
    *(Query([f"{owner}.{name}"]) for name in ["values0", "name", "temporary"] for owner in WRITERS),
    Query(["sql.values0", "sql.values1", "sql.values2"], EVERYTHING, True), Query(["sql.alias"]),
    Query(["a.values1", "a.values0", "b.renamed"], EVERYTHING), Query(["b.values0"], {"tenant": ["t0", "f0", "f1"]}, True),
    Query(filters={"tenant": ["t0", "t2"]}),
    Query(["ddl.values0", "ddl.inherited"], EVERYTHING), Query(["ddl.inherited", "low.values1"]),
]


class Reader:
    """Sends queries to all instances with all tokens, as fast as it can."""

    def __init__(self, run, seed):
        self.run, self.random = run, random.Random(f"{seed} reader")
        self.connections = {owner: Connection(port) for owner, port in run.reader_ports.items()}
        # The repeated queries that a token may send, by the prefix of the token.
        self.repeated = {
            token.prefix: [limited for query in REPEATED if (limited := query.limited_to(token.prefix))]
            for tokens in run.tokens.values() for token in tokens}
        # The entity tag and the settings of the last response to each repeated query, by prefix and target.
        self.known = {(prefix, query.target): ("", None) for prefix, queries in self.repeated.items() for query in queries}

    def new_query(self, prefix):
        """A query that has not been sent before."""
        values = ["t0", "t1", "t2", "f0", "f1", "c", "moves", f"v{self.random.getrandbits(60)}"]
        filters = {"tenant": self.random.sample(values[:-1], 4) + values[-1:], "user": None}
        names = [f"{owner}.values{number}" for owner in WRITERS for number in range(2)]
        names = self.random.choice([None, [name for name in names if name.startswith(prefix)]])
        return Query(names, filters, self.random.random() < 0.5, prefix)

    def work(self):
        while not self.run.is_over.value:
            count = 3 if self.random.random() < 0.1 else 1
            instance = self.random.choice(list(self.connections))
            token = self.random.choice(self.run.tokens[instance])
            self.read(instance, token, [
                self.random.choice(self.repeated[token.prefix]) if self.random.random() < 0.85 else self.new_query(token.prefix)
                for _ in range(count)])

    def read(self, instance, token, queries):
        """Sends queries with a token in a pipeline, and compares the responses."""
        progress = self.run.progress
        methods = ["HEAD" if self.random.random() < 0.05 else "GET" for _ in queries]
        known = [self.known.get((token.prefix, query.target), ("", None)) for query in queries]
        conditions = [tag if self.random.random() < 0.5 else "" for tag, _ in known]
        requests = [request(method, query.target, tag=tag, token=token.text)
                    for method, query, tag in zip(methods, queries, conditions)]
        epoch, begin, low = progress.epoch.value, time.monotonic(), list(progress.acknowledged)
        try:
            responses = self.connections[instance].ask(*requests)
        except OSError as error:
            self.run.fail(f"instance {instance} does not respond: {error!r}")
            return
        high, is_same = list(progress.requested), epoch % 2 == 0 and progress.epoch.value == epoch
        for query, method, (known_tag, known_settings), (status, tag, body) in zip(queries, methods, known, responses):
            if status == 503:
                self.run.count("503")
                if begin > self.run.outage_end.value + GRACE:
                    self.run.fail(f"instance {instance} responds with 503 although there is no outage: {body!r}")
                time.sleep(0.002)
                continue
            if status not in (200, 304, 404):
                self.run.fail(f"instance {instance} responds to {query.target} with {status} {body!r}")
                return
            self.run.count("reads")
            self.run.count(str(status))
            if method == "HEAD":
                self.run.count("HEAD")
            if status == 304 and tag != known_tag:
                self.run.fail(f"instance {instance} responds with 304 and the tag {tag} for {known_tag}")
                return
            if status == 404:
                settings = None
            elif known_settings is not None and tag == known_tag:
                settings = known_settings
            elif method == "HEAD":
                # The response shows only that the body is a new one.
                continue
            else:
                settings = json.loads(body)["settings"]
                if (token.prefix, query.target) in self.known:
                    self.known[token.prefix, query.target] = (tag, settings)
            if not is_same:
                self.run.count("during swaps")
                continue
            for place, observation in query.observations(settings, self.run.places):
                if not observation.fits(low[place.index], high[place.index]):
                    self.run.fail(self.report(instance, method, query, status, begin, place, observation, low, high))
                    return

    def report(self, instance, method, query, status, begin, place, observation, low, high):
        since = begin - self.run.progress.acknowledged_at[place.index]
        return "\n".join([
            f"A read missed a change: {method} {query.target} at instance {instance}, status {status}", f"  {place}",
            f"  seen          {observation}", f"  acknowledged  {low[place.index]} when the read began",
            f"  requested     {high[place.index]} when the read ended",
            f"  The read began {since * 1000:.3f} ms after the latest acknowledgement, and took "
            f"{(time.monotonic() - begin) * 1000:.3f} ms"])
