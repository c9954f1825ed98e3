"""What was asked for, what of it was acknowledged, and what the tables may therefore hold."""
import dataclasses
import json
import math

# How the tables' content is read: each entry of the ledger is a row, and so is each row that the ledger knows nothing of.
RULES = """
    SELECT json_build_array('rule', r.setting,
        (SELECT json_agg(c.context_feature || ':' || c.feature_value ORDER BY 1) FROM conditions c WHERE c.rule = r.id),
        r.value::json, (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM rule_metadata m WHERE m.rule = r.id))
    FROM rules r"""
SETTINGS = """
    SELECT json_build_array('setting', s.name, s.version, s.default_value::json,
        (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM setting_metadata m WHERE m.setting = s.name))
    FROM settings s"""
ABSENT = None


@dataclasses.dataclass
class Change:
    """One that was asked for. `acknowledged` is when, on the monotonic clock; infinity for one that was not answered."""
    state: object
    begun: float
    acknowledged: float = math.inf


class Entry:
    """Something that is changed by one writer at a time, and never again once an answer is missing: a rule or a setting."""

    def __init__(self, key):
        self.key, self.changes = key, []

    @property
    def state(self):
        """As it is, if every change was answered."""
        return self.changes[-1].state if self.changes else ABSENT

    def may_be(self, since=math.inf, until=math.inf):
        """What may have been seen of it by who looked at one moment between two."""
        known, others = ABSENT, []
        for change in self.changes:
            if change.acknowledged <= since and change.acknowledged != math.inf:
                known, others = change.state, []
            elif change.begun <= until:
                others.append(change.state)
        return [known, *others]


class Ledger:
    """Of all writers. Each adds entries of its own."""

    def __init__(self):
        self.entries = {}

    def entry(self, key):
        return self.entries.setdefault(key, Entry(key))

    def problems(self, stored, since=math.inf, until=math.inf):
        """What is wrong with what the tables held at one moment between two, and how many unanswered changes were made."""
        problems, taken = [], 0
        for key, entry in self.entries.items():
            found, allowed = stored.get(key, ABSENT), entry.may_be(since, until)
            if found not in allowed:
                problems.append(f"{describe(key)} is {found}, and should be " + " or ".join(map(str, allowed)))
            elif found != allowed[0]:
                taken += 1
        problems += [f"{describe(key)} is {state}, and nobody asked for it" for key, state in stored.items()
                     if key not in self.entries]
        return problems, taken


def stored(cluster, database="heksher"):
    """What the tables hold, as the ledger has it."""
    found = {}
    for line in cluster.sql(f"{RULES} UNION ALL {SETTINGS}", database).splitlines():
        kind, name, *rest = json.loads(line)
        if kind == "rule":
            conditions, value, metadata = rest
            key, state = ("rule", name, *(conditions or [])), (value, metadata)
        else:
            key, state = ("setting", name), tuple(rest)
        # Two rules with the same conditions are one too many.
        found[key] = state if key not in found else ("twice", found[key], state)
    return found


def describe(key):
    return f"the {key[0]} " + " ".join(map(str, key[1:]))
