"""The places in the database that change: each belongs to one writer, which gives it ascending numbers.

Some places show their number, such as the value of a rule. Others are in one of two states, such as the name of a setting: one state
for odd numbers, one for even numbers.
"""
import dataclasses

from lab.following import FOLLOWED
from observations import ABSENT, Impossible, Number, Parity

FEATURES = ["tenant", "user", "first", "second"]
# "a" and "b" each write through an instance. "sql" and "low" write by SQL, "low" with few rights. DDL changes the places of "ddl".
# Clients that follow changes wait for those of "followed".
WRITERS = ["a", "b", "sql", "low"]


@dataclasses.dataclass
class Place:
    index: int
    owner: str
    # The settings that the writer changes.
    settings: list
    # The conditions of the rule that the writer changes; None for a value that changes.
    conditions: dict = dataclasses.field(default_factory=dict)
    # The rule's id.
    rule: int = 0

    def __str__(self):
        about = f", rule with {self.conditions}" if self.conditions else ""
        return f"{type(self).__name__} of {' or '.join(self.settings)}{about}, written by {self.owner}"

    def rules(self, found):
        """The rules with the place's conditions, each with its setting. found: the settings of a response."""
        pairs = {(feature, value) for feature, value in self.conditions.items() if value is not None}
        return [(name, rule) for name in self.settings for rule in found.get(name, {"rules": ()})["rules"]
                if pairs <= {tuple(pair) for pair in rule["context_features"]}]

    def is_shown_by(self, query):
        """Whether the response to a query shows the place."""
        return query.includes(self.settings[0]) and query.admits(self.conditions)

    def observe(self, found):
        """The observation of the place in the settings of a response."""
        raise NotImplementedError

    def observe_rule(self, found, observe):
        """The same for a place that is a rule. observe: gives the observation, from the setting's name and the rule."""
        rules = self.rules(found)
        return observe(*rules[0]) if len(rules) == 1 else Impossible(f"{len(rules)} rules")


class DefaultValue(Place):
    def observe(self, found):
        setting = found.get(self.settings[0])
        return Number(setting["default_value"]) if setting else Impossible("no such setting")


class RuleValue(Place):
    def observe(self, found):
        return self.observe_rule(found, lambda _, rule: Number(rule["value"]))


class RuleMetadata(Place):
    def is_shown_by(self, query):
        return query.with_metadata and super().is_shown_by(query)

    def observe(self, found):
        return self.observe_rule(found, lambda _, rule: Number(rule["metadata"].get("number", 0)))


class RuleThatComesAndGoes(Place):
    """The rule's value is the number."""

    def observe(self, found):
        rules = self.rules(found)
        return self.observe_rule(found, lambda _, rule: Number(rule["value"])) if rules else ABSENT


class ConditionValue(Place):
    """The value for the feature `user` is `u` and the number."""

    def observe(self, found):
        return self.observe_rule(found, lambda _, rule: Number(dict(rule["context_features"])["user"][1:]))


class RuleThatMoves(Place):
    """The rule moves from one setting to another and back."""

    def is_shown_by(self, query):
        return all(map(query.includes, self.settings)) and query.admits(self.conditions)

    def observe(self, found):
        return self.observe_rule(found, lambda name, _: Parity(name == self.settings[1]))


class OrderOfFeatures(Place):
    """The order of the features `first` and `second`, as a rule with conditions on both shows it."""

    def observe(self, found):
        def order(_, rule):
            return Parity([feature for feature, _ in rule["context_features"]] == ["second", "first"])
        return self.observe_rule(found, order)


class Name(Place):
    """The name of a setting, one of two. The other is an alias."""

    def is_shown_by(self, query):
        return any(map(query.includes, self.settings))

    def observe(self, found):
        names = [name for name in self.settings if name in found]
        return Parity(names == self.settings[1:]) if len(names) == 1 else Impossible(f"the names {names}")


class Alias(Place):
    """The last of the names is an alias of one of the two settings before it."""

    def is_shown_by(self, query):
        return query.names == [self.settings[2]]

    def observe(self, found):
        names = list(found)
        return Parity(names == [self.settings[1]]) if names in ([self.settings[0]], [self.settings[1]]) else Impossible(names)


class SettingThatComesAndGoes(Place):
    """The setting's default value is the number."""

    def observe(self, found):
        setting = found.get(self.settings[0])
        return Number(setting["default_value"]) if setting else ABSENT


def make_places():
    places = []

    def add(kind, owner, settings, **conditions):
        places.append(kind(len(places), owner, settings, conditions))

    for owner in WRITERS:
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
    for tenant in ["t0", "t1", "t2"]:
        add(RuleValue, "ddl", ["ddl.values0"], tenant=tenant)
    add(RuleThatComesAndGoes, "ddl", ["ddl.inherited"])
    add(DefaultValue, "followed", [FOLLOWED])
    return places
