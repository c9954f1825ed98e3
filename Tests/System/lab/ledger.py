"""The changes that writers requested and the service acknowledged, and the states of the tables that these allow."""
import dataclasses
import json
import math

# Each row is a rule or a setting as JSON, whether the ledger has an entry for it or not.
RULES = """
    SELECT json_build_array('rule', r.setting,
        (SELECT json_agg(c.context_feature || ':' || c.feature_value ORDER BY 1) FROM conditions c WHERE c.rule = r.id),
        r.value::json, (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM rule_metadata m WHERE m.rule = r.id))
    FROM rules r"""
SETTINGS = """
    SELECT json_build_array('setting', s.name, s.version, s.default_value::json,
        (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM setting_metadata m WHERE m.setting = s.name))
    FROM settings s"""
# The state of an entry that does not exist.
ABSENT = None


@dataclasses.dataclass
class Change:
    """A change that a writer requested. Times are those of the monotonic clock."""
    state: object
    begun: float
    # Infinity as long as there is no acknowledgement.
    acknowledged: float = math.inf


class Entry:
    """A rule or a setting. One writer changes it, and stops doing so if a response is missing."""

    def __init__(self, key):
        self.key, self.changes = key, []

    @property
    def state(self):
        """The state after the last change, if every change got a response."""
        return self.changes[-1].state if self.changes else ABSENT

    def is_deleted(self, since):
        """Whether the entry was deleted before this time. Writers never create an entry again."""
        last = self.changes[-1] if self.changes else None
        return last is not None and len(self.changes) > 1 and last.state is ABSENT and last.acknowledged <= since

    def possible_states(self, since=math.inf, until=math.inf):
        """The states that the entry may have had in the tables between two times. The first is the acknowledged one."""
        known, others = ABSENT, []
        # Copy the list: the writer's thread may change it meanwhile.
        for change in list(self.changes):
            if change.acknowledged <= since and change.acknowledged != math.inf:
                known, others = change.state, []
            elif change.begun <= until:
                others.append(change.state)
        return [known, *others]


class Ledger:
    """The entries of all writers."""

    def __init__(self):
        self.entries = {}

    def entry(self, key):
        return self.entries.setdefault(key, Entry(key))

    def problems(self, stored, since=math.inf, until=math.inf):
        """Compares the content of the tables, read between two times, with the ledger.

        Returns the problems, and how many changes took effect although their outcome was unknown to the writer."""
        problems, taken = [], 0
        for key, entry in self.entries.items():
            found, allowed = stored.get(key, ABSENT), entry.possible_states(since, until)
            if found not in allowed:
                problems.append(f"{describe(key)} is {found} instead of " + " or ".join(map(str, allowed)))
            elif found != allowed[0]:
                taken += 1
        problems += [f"{describe(key)} is {state}, but no writer requested it" for key, state in stored.items()
                     if key not in self.entries]
        return problems, taken


def stored(cluster, database="heksher"):
    """The content of the tables, by the keys of the ledger."""
    found = {}
    for line in cluster.sql(f"{RULES} UNION ALL {SETTINGS}", database).splitlines():
        kind, name, *rest = json.loads(line)
        if kind == "rule":
            conditions, value, metadata = rest
            key, state = ("rule", name, *(conditions or [])), (value, metadata)
        else:
            key, state = ("setting", name), tuple(rest)
        # There must not be two rules with the same conditions.
        found[key] = state if key not in found else ("twice", found[key], state)
    return found


def rules_of(response):
    """The rules in the response to a query, by the keys of the ledger."""
    return {
        ("rule", name, *(":".join(pair) for pair in rule["context_features"])): (rule["value"], rule["metadata"])
        for name, setting in response["settings"].items() for rule in setting["rules"]}


def describe(key):
    return f"the {key[0]} " + " ".join(map(str, key[1:]))
