"""What is changed, how far each change has come, and what answers tell of it.

Every place that changes has one writer, which makes it numbers that only grow: where the place holds a number, it holds that
one, and where it is one of two things, its parity tells which. A writer notes a number as started before it asks for the
change, and as acknowledged once it knows that it is made. So a read that begins when `low` is acknowledged and ends when
`high` is started must show a number between them.
"""
import ctypes
import dataclasses
import multiprocessing

FEATURES = ["tenant", "user", "first", "second"]
# The number of databases that have been behind the connection string makes the rest of each number.
EPOCH = 10 ** 9


def ints(count):
    return multiprocessing.RawArray(ctypes.c_int64, count)


class Registers:
    """Shared by all processes."""

    def __init__(self, places):
        self.started, self.acknowledged = ints(len(places)), ints(len(places))
        self.acknowledged_at = multiprocessing.RawArray(ctypes.c_double, len(places))
        # Odd while one database takes another's place.
        self.epoch = multiprocessing.RawValue(ctypes.c_int64, 0)

    def next(self, place):
        return self.epoch.value * EPOCH + self.acknowledged[place.index] % EPOCH + 1

    def all(self):
        return list(self.acknowledged)

    def set(self, numbers):
        self.started[:] = self.acknowledged[:] = numbers


@dataclasses.dataclass
class Parity:
    """A sight of one of two things."""
    odd: bool

    def fits(self, low, high):
        return high > low or low % 2 == self.odd

    def __str__(self):
        return "an odd number" if self.odd else "an even number"


class Number(int):
    """A sight of a number."""

    def fits(self, low, high):
        return low <= self <= high


class Nonsense(str):
    """A sight that is never right."""

    def fits(self, low, high):
        return False


ABSENT, PRESENT = Parity(False), Parity(True)


@dataclasses.dataclass
class Place:
    """Something that changes."""
    index: int
    # "a" and "b" write through an instance, "sql" by plain SQL.
    owner: str
    # The settings it is about.
    settings: list
    # Of the rule it is about. A value that changes is None.
    conditions: dict = dataclasses.field(default_factory=dict)
    rule: int = 0

    def __str__(self):
        about = f", rule with {self.conditions}" if self.conditions else ""
        return f"{type(self).__name__} of {' or '.join(self.settings)}{about}, written by {self.owner}"

    def found(self, answer):
        """The rules with the place's conditions, by the settings they are found in."""
        pairs = {(feature, value) for feature, value in self.conditions.items() if value is not None}
        return [(name, rule) for name in self.settings for rule in answer.get(name, {"rules": ()})["rules"]
                if pairs <= {tuple(pair) for pair in rule["context_features"]}]

    def told_by(self, question):
        """Whether an answer to a question tells of the place."""
        return question.asks_for(self.settings[0]) and question.admits(self.conditions)

    def of_rule(self, answer, see):
        rules = self.found(answer)
        return see(*rules[0]) if len(rules) == 1 else Nonsense(f"{len(rules)} rules")


class DefaultValue(Place):
    def sight(self, answer, question):
        setting = answer.get(self.settings[0])
        return Number(setting["default_value"]) if setting else Nonsense("no such setting")


class RuleValue(Place):
    def sight(self, answer, question):
        return self.of_rule(answer, lambda _, rule: Number(rule["value"]))


class RuleMetadata(Place):
    def told_by(self, question):
        return question.with_metadata and super().told_by(question)

    def sight(self, answer, question):
        return self.of_rule(answer, lambda _, rule: Number(rule["metadata"].get("number", 0)))


class RuleThatComesAndGoes(Place):
    """Its value is the number."""

    def sight(self, answer, question):
        rules = self.found(answer)
        return self.of_rule(answer, lambda _, rule: Number(rule["value"])) if rules else ABSENT


class ConditionValue(Place):
    """Of the feature `user`: `u` and the number."""

    def sight(self, answer, question):
        return self.of_rule(answer, lambda _, rule: Number(dict(rule["context_features"])["user"][1:]))


class RuleThatMoves(Place):
    """From one setting to another and back."""

    def told_by(self, question):
        return all(map(question.asks_for, self.settings)) and question.admits(self.conditions)

    def sight(self, answer, question):
        return self.of_rule(answer, lambda name, _: Parity(name == self.settings[1]))


class OrderOfFeatures(Place):
    """Of the features `first` and `second`, as a rule shows it that has conditions on both."""

    def sight(self, answer, question):
        def order(_, rule):
            return Parity([feature for feature, _ in rule["context_features"]] == ["second", "first"])
        return self.of_rule(answer, order)


class Name(Place):
    """One of two; the other is an alias."""

    def told_by(self, question):
        return any(map(question.asks_for, self.settings))

    def sight(self, answer, question):
        names = [name for name in self.settings if name in answer]
        return Parity(names == self.settings[1:]) if len(names) == 1 else Nonsense(f"the names {names}")


class Alias(Place):
    """Of one of two settings; the last of the names is the alias."""

    def told_by(self, question):
        return question.names == [self.settings[2]]

    def sight(self, answer, question):
        names = list(answer)
        return Parity(names == [self.settings[1]]) if names in ([self.settings[0]], [self.settings[1]]) else Nonsense(names)


class SettingThatComesAndGoes(Place):
    """Its default value is the number."""

    def sight(self, answer, question):
        found = answer.get(self.settings[0])
        return Number(found["default_value"]) if found else ABSENT


def make_places():
    places = []

    def add(kind, owner, settings, **conditions):
        places.append(kind(len(places), owner, settings, conditions))

    for owner in ["a", "b", "sql"]:
        for number in range(3):
            setting = [f"{owner}.values{number}"]
            add(DefaultValue, owner, setting)
            for tenant in ["t0", "t1", "t2"]:
                add(RuleValue, owner, setting, tenant=tenant)
            add(RuleMetadata, owner, setting, tenant="t0")
        for tenant in ["f0", "f1"]:
            add(RuleThatComesAndGoes, owner, [f"{owner}.values0"], tenant=tenant)
        add(Name, owner, [f"{owner}.name", f"{owner}.renamed"])
        add(SettingThatComesAndGoes, owner, [f"{owner}.temporary"])
    add(OrderOfFeatures, "a", ["a.values1"], first="x", second="x")
    add(ConditionValue, "sql", ["sql.values2"], tenant="c", user=None)
    add(RuleThatMoves, "sql", ["sql.values0", "sql.values1"], tenant="moves")
    add(Alias, "sql", ["sql.values1", "sql.values2", "sql.alias"])
    return places


class Question:
    """What a reader asks."""

    def __init__(self, names=None, filters=None, with_metadata=False):
        """filters: the values admitted for each feature, or None for all; None for everything."""
        self.names, self.filters, self.with_metadata = names, filters, with_metadata
        parameters = []
        if names is not None:
            parameters.append("settings=" + ",".join(names))
        if filters is not None:
            parameters.append("context_filters=" + ",".join(
                f"{feature}:" + ("*" if values is None else f"({','.join(values)})") for feature, values in filters.items()))
        if with_metadata:
            parameters.append("include_metadata=true")
        self.target = "/api/v1/query" + ("?" + "&".join(parameters) if parameters else "")

    def asks_for(self, name):
        return self.names is None or name in self.names

    def admits(self, conditions):
        return self.filters is None or all(
            feature in self.filters and (self.filters[feature] is None or value in self.filters[feature])
            for feature, value in conditions.items())

    def sights(self, answer, places):
        """What an answer tells: places with what is seen of them. No answer: a setting is unknown."""
        if answer is None:
            gone = [place for place in places if isinstance(place, SettingThatComesAndGoes) and self.names
                    and place.settings[0] in self.names]
            return [(place, ABSENT) for place in gone] or [(places[0], Nonsense("an unknown setting"))]
        return [(place, place.sight(answer, self)) for place in places if place.told_by(self)]
