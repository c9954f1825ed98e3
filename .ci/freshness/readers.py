"""Those who ask, and hold each answer against what had been acknowledged before they asked."""
import json
import random
import time

from .connection import Connection, request
from .registers import Question

# How long after the database's return an instance may still say that it is away.
GRACE = 30

OWNERS = ["a", "b", "sql"]
EVERYTHING = {"tenant": None, "user": None, "first": None, "second": None}
REPEATED = [
    Question(), Question(with_metadata=True), Question(filters=EVERYTHING),
    *(Question([f"{owner}.values0"]) for owner in OWNERS), *(Question([f"{owner}.name"]) for owner in OWNERS),
    *(Question([f"{owner}.temporary"]) for owner in OWNERS),
    Question(["sql.values0", "sql.values1", "sql.values2"], EVERYTHING, True), Question(["sql.alias"]),
    Question(["a.values1", "a.values0", "b.renamed"], EVERYTHING), Question(["b.values0"], {"tenant": ["t0", "f0", "f1"]}, True),
    Question(filters={"tenant": ["t0", "t2"]}),
]


class Reader:
    def __init__(self, run, seed):
        self.run, self.random = run, random.Random(f"{seed} reader")
        self.connections = {owner: Connection(port) for owner, port in run.ports.items()}
        # What bodies with an entity tag said, of the questions asked again and again.
        self.known = {question.target: ("", None) for question in REPEATED}

    def new_question(self):
        """One that nobody has asked before."""
        values = ["t0", "t1", "t2", "f0", "f1", "c", "moves", f"v{self.random.getrandbits(60)}"]
        filters = {"tenant": self.random.sample(values[:-1], 4) + values[-1:], "user": None}
        names = self.random.choice([None, [f"{owner}.values{number}" for owner in OWNERS for number in range(2)]])
        return Question(names, filters, self.random.random() < 0.5)

    def work(self):
        while not self.run.is_over.value:
            count = 3 if self.random.random() < 0.1 else 1
            self.read([self.random.choice(REPEATED) if self.random.random() < 0.85 else self.new_question()
                       for _ in range(count)])

    def read(self, questions):
        """Asks questions without waiting for the answers in between."""
        registers, instance = self.run.registers, self.random.choice(list(self.connections))
        methods = ["HEAD" if self.random.random() < 0.05 else "GET" for _ in questions]
        known = [self.known.get(question.target, ("", None)) for question in questions]
        conditions = [tag if self.random.random() < 0.5 else "" for tag, _ in known]
        asked = [request(method, question.target, tag=tag)
                 for method, question, tag in zip(methods, questions, conditions)]
        epoch, begin, low = registers.epoch.value, time.monotonic(), list(registers.acknowledged)
        try:
            answers = self.connections[instance].ask(*asked)
        except OSError as error:
            self.run.fail(f"instance {instance} does not answer: {error!r}")
            return
        high, is_same = list(registers.started), epoch % 2 == 0 and registers.epoch.value == epoch
        for question, method, (known_tag, known_answer), (status, tag, body) in zip(questions, methods, known, answers):
            if status == 503:
                self.run.count("503")
                if begin > self.run.outage_end.value + GRACE:
                    self.run.fail(f"instance {instance} says that the database is away, when it is not: {body!r}")
                time.sleep(0.002)
                continue
            if status not in (200, 304, 404):
                self.run.fail(f"instance {instance} answers {question.target} with {status} {body!r}")
                return
            self.run.count("reads")
            self.run.count(str(status))
            if method == "HEAD":
                self.run.count("HEAD")
            if status == 304 and tag != known_tag:
                self.run.fail(f"instance {instance} answers 304 with the tag {tag} for {known_tag}")
                return
            if status == 404:
                answer = None
            elif known_answer is not None and tag == known_tag:
                answer = known_answer
            elif method == "HEAD":
                # It tells nothing but that the body is another one.
                continue
            else:
                answer = json.loads(body)["settings"]
                if question.target in self.known:
                    self.known[question.target] = (tag, answer)
            if not is_same:
                self.run.count("during swaps")
                continue
            for place, sight in question.sights(answer, self.run.places):
                if not sight.fits(low[place.index], high[place.index]):
                    self.run.fail(self.report(instance, method, question, status, begin, place, sight, low, high))
                    return

    def report(self, instance, method, question, status, begin, place, sight, low, high):
        since = begin - self.run.registers.acknowledged_at[place.index]
        return "\n".join([
            f"A read missed a change: {method} {question.target} at instance {instance}, answered {status}", f"  {place}",
            f"  seen          {sight}", f"  acknowledged  {low[place.index]} when the read began",
            f"  started       {high[place.index]} when the read ended",
            f"  The read began {since * 1000:.3f} ms after the last acknowledgement known now, and took "
            f"{(time.monotonic() - begin) * 1000:.3f} ms"])
