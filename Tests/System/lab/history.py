"""Goes back through the history of changes, from the present tables to nothing.

The history contains each changed row as it was before. So a row that a change has added must be there, and one that it has deleted must not be
there, when the change is undone; and at the end, nothing is left. That holds only if the history has each committed change once, and no other.
"""
import collections
import json

TABLES = """
    SELECT json_build_array('s', name, NULL, translate(version, chr(31), '') || chr(31) || type, NULL, default_value) FROM settings
    UNION ALL SELECT json_build_array('c', setting, NULL, context_feature, NULL, '') FROM configurable
    UNION ALL SELECT json_build_array('m', setting, NULL, key, value, '') FROM setting_metadata
    UNION ALL SELECT json_build_array('a', setting, NULL, alias, NULL, '') FROM setting_aliases
    UNION ALL SELECT json_build_array('r', setting, id, NULL, NULL, value) FROM rules
    UNION ALL SELECT json_build_array('d', NULL, rule, context_feature, NULL, feature_value) FROM conditions
    UNION ALL SELECT json_build_array('t', NULL, rule, key, value, '') FROM rule_metadata
    UNION ALL SELECT json_build_array('f', NULL, NULL, name, json_build_array(index, allowed_values), '') FROM context_features"""
# Later rows first. The beginning of the history must be the beginning of the database.
ITEMS = """
    SELECT json_build_array(kind, setting, rule, part, value, before, change) FROM heksher_items ORDER BY change DESC, number DESC"""


def rows(database, query):
    return [json.loads(line) for line in database.sql(query).splitlines() if line]


class Tables:
    """The rows of all tables, by kind: settings and rules by name and ID, their parts by owner and key."""

    def __init__(self, found):
        self.settings, self.rules, self.features = {}, {}, {}
        self.parts = collections.defaultdict(dict)
        for kind, setting, rule, part, value, text in found:
            match kind:
                case "s":
                    self.settings[setting] = (part, text)
                case "r":
                    self.rules[rule] = (setting, text)
                case "f":
                    self.features[part] = value
                case "d":
                    self.parts[kind, rule][part] = text
                case "t":
                    self.parts[kind, rule][part] = value
                case _:
                    self.parts[kind, setting][part] = value

    def undo(self, item):
        """Restores a row; returns the contradiction, if there is one."""
        kind, setting, rule, part, value, before, change = item
        match kind:
            case "N" | "R" | "z":
                return None
            case "n":
                return self.rename(part, setting)
            case "s" | "x":
                present = self.settings.pop(setting, None)
                if (present is None) != (kind == "x"):
                    return f"the setting {setting} is {'' if present else 'not '}there after change {change}"
                if before is not None:
                    self.settings[setting] = (part, before)
                else:
                    for name in "cma":
                        self.parts.pop((name, setting), None)
            case "r" | "e":
                present = self.rules.pop(rule, None)
                if (present is None) != (kind == "e"):
                    return f"rule {rule} is {'' if present else 'not '}there after change {change}"
                if before is not None:
                    self.rules[rule] = (part if kind == "r" and part else setting, before)
                else:
                    for name in "dt":
                        self.parts.pop((name, rule), None)
            case "f":
                if before is None and part not in self.features:
                    return f"the context feature {part} is not there after change {change}"
                self.restore(self.features, part, before, value)
            case _:
                owner = self.parts[kind, setting if kind in "cma" else rule]
                if before is None and part not in owner:
                    return f"{part} of {setting or rule} is not there after change {change}"
                self.restore(owner, part, before, before if kind == "d" else value)
        return None

    @staticmethod
    def restore(rows, key, before, value):
        if before is None:
            del rows[key]
        else:
            rows[key] = value

    def rename(self, name, former):
        if name not in self.settings:
            return f"the setting {name}, once {former}, is not there"
        self.settings[former] = self.settings.pop(name)
        for kind in "cma":
            if (kind, name) in self.parts:
                self.parts[kind, former] = self.parts.pop((kind, name))
        self.rules = {id: (former if setting == name else setting, text) for id, (setting, text) in self.rules.items()}
        return None

    def rest(self):
        """Everything that is left."""
        parts = {key: part for key, part in self.parts.items() if part}
        return {**self.settings, **self.rules, **self.features, **parts}


def contradictions(database):
    """The number of changes in the history, and the contradictions between the history and the tables."""
    tables, items = Tables(rows(database, TABLES)), rows(database, ITEMS)
    found = [text for item in items if (text := tables.undo(item))]
    if rest := tables.rest():
        found.append(f"the history leaves {len(rest)} things: {str(list(rest.items())[:3])[:300]}")
    return len({item[6] for item in items}), found
