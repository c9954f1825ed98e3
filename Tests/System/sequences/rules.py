"""The rules of the contract, written down a second time: the response to each operation, and the state after it."""
import re

from setting_types import canonical, version_of

WORD = re.compile(r"[a-zA-Z_0-9]+\Z")
CONDITION_VALUE = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,512}\Z")
ANY = object()


class Setting:
    def __init__(self, name, type, default, features, metadata, version):
        self.name, self.type, self.default, self.features = name, type, default, set(features)
        self.metadata, self.version, self.aliases = dict(metadata), version, set()


class Rule:
    def __init__(self, setting, conditions, value, metadata):
        self.setting, self.conditions, self.value, self.metadata = setting, dict(conditions), value, dict(metadata)


class Rules:
    """The state of a service. Each method is an operation; it returns the status and the JSON of the response. `ANY` stands for a body
    that is not JSON, or that the check does not compare."""

    def __init__(self):
        self.features, self.settings, self.rules, self.last = [], {}, {}, 0
        # The lists of values of the features that have one.
        self.lists = {}

    def find(self, name):
        return self.settings.get(name) or next((s for s in self.settings.values() if name in s.aliases), None)

    def order(self, names):
        return [feature for feature in self.features if feature in names]

    def rules_of(self, setting):
        return {id: rule for id, rule in sorted(self.rules.items()) if rule.setting is setting}

    # Context features

    def list_features(self):
        return 200, {"context_features": self.features}

    def get_feature(self, name):
        return (200, {"index": self.features.index(name)}) if name in self.features else (404, ANY)

    def add_feature(self, name):
        if not WORD.match(name):
            return 422, ANY
        if name in self.features:
            return 409, ANY
        self.features.append(name)
        return 204, ANY

    def delete_feature(self, name):
        if name not in self.features:
            return 404, ANY
        if any(name in setting.features for setting in self.settings.values()):
            return 409, ANY
        self.features.remove(name)
        self.lists.pop(name, None)
        return 204, ANY

    def move_feature(self, name, after, target):
        if name not in self.features or target not in self.features:
            return 404, ANY
        if name != target:
            self.features.remove(name)
            self.features.insert(self.features.index(target) + after, name)
        return 204, ANY

    def list_features_with_values(self):
        return 200, {"context_features": self.features, "values": {name: self.lists[name] for name in self.order(self.lists)}}

    def get_values(self, name):
        return (200, {"values": self.lists.get(name)}) if name in self.features else (404, ANY)

    def set_values(self, name, values):
        if values is not None and (not values or not all(map(CONDITION_VALUE.match, values))):
            return 422, ANY
        if name not in self.features:
            return 404, ANY
        conflicts = [] if values is None else sorted(
            (rule.setting.name, id) for id, rule in self.rules.items() if rule.conditions.get(name, values[0]) not in values)
        if conflicts:
            return 409, {"conflicts": [
                f"rule {id} of the setting {setting} has the value '{self.rules[id].conditions[name]}'" for setting, id in conflicts]}
        self.lists.pop(name, None)
        if values is not None:
            self.lists[name] = list(dict.fromkeys(values))
        return 204, ANY

    def allows(self, conditions):
        return all(value in self.lists.get(feature, [value]) for feature, value in conditions.items())

    # Settings

    def full(self, setting, additional=True):
        summary = {
            "name": setting.name, "type": setting.type.text, "default_value": setting.default, "version": setting.version}
        if additional:
            summary |= {
                "configurable_features": self.order(setting.features), "metadata": setting.metadata,
                "aliases": sorted(setting.aliases)}
        return summary

    def list_settings(self, additional):
        return 200, {"settings": [self.full(self.settings[name], additional) for name in sorted(self.settings)]}

    def get_setting(self, name):
        setting = self.find(name)
        return (200, self.full(setting)) if setting else (404, ANY)

    def delete_setting(self, name):
        setting = self.find(name)
        if not setting:
            return 404, ANY
        del self.settings[setting.name]
        self.rules = {id: rule for id, rule in self.rules.items() if rule.setting is not setting}
        return 204, ANY

    def feature_changes(self, setting, features):
        """A change of the configurable features: the removed features that rules use, these rules, all removed features, all added ones."""
        removed, added = setting.features - set(features), set(features) - setting.features
        using = [id for id, rule in self.rules_of(setting).items() if removed & set(rule.conditions)]
        used = {feature for id in using for feature in self.rules[id].conditions} & removed
        return self.order(used), using, removed, added

    def differences(self, body, setting, old, new, check_rules):
        found = []
        features_old, features_new = set(old["configurable_features"]), set(new["configurable_features"])
        if features_old != features_new:
            removed = self.order(features_old - features_new)
            used, using, _, _ = self.feature_changes(setting, features_new)
            latest = {
                "level": "major", "attribute": "configurable_features", "latest_value": self.order(setting.features)}
            if check_rules and used:
                found.append((2, {
                    "level": "mismatch",
                    "message": f"configurable features {used} are still in use by rules {using}"}))
            elif features_new < features_old:
                found.append((0, {"level": "minor", "message": f"removal of configurable features {removed}"}))
            else:
                found.append((1, latest))
        if old["type"].text != new["type"].text:
            wrong = [id for id, rule in self.rules_of(setting).items() if not new["type"].admits(rule.value)]
            difference = {"attribute": "type", "latest_value": setting.type.text}
            if check_rules and wrong:
                found.append((2, {
                    "level": "mismatch", "message": f"setting type incompatible with values for rules: {wrong}"}))
            elif new["type"].is_below(old["type"]):
                found.append((0, {"level": "minor", **difference}))
            else:
                found.append((1, {"level": "major", **difference}))
        # The response to an older declaration has the new name, with or without an alias.
        if body["name"] != setting.name and (not check_rules or body.get("alias") == setting.name):
            found.append((0, {"level": "minor", "attribute": "name", "latest_value": setting.name}))
        if canonical(old["default_value"]) != canonical(new["default_value"]):
            found.append((0, {"level": "minor", "attribute": "default_value", "latest_value": setting.default}))
        if canonical(old["metadata"]) != canonical(new["metadata"]):
            found.append((0, {"level": "minor", "attribute": "metadata", "latest_value": setting.metadata}))
        found.sort(key=lambda pair: pair[0])
        return max((level for level, _ in found), default=-1), [difference for _, difference in found]

    def declare(self, body, type):
        name, alias, version = body["name"], body.get("alias"), body.get("version", "1.0")
        features, metadata = body["configurable_features"], body.get("metadata", {})
        if not type.admits(body["default_value"]) or alias == name or not features or len(set(features)) < len(features):
            return 422, ANY
        stored = self.find(name)
        if alias is not None:
            aliased = self.find(alias)
            if not aliased:
                return 404, {"detail": ANY}
            if aliased is not stored if stored else aliased.name != alias:
                return 409, {"detail": ANY}
            stored = stored or aliased
        if not stored:
            if version_of(version) != (1, 0):
                return 400, ANY
            if not set(features) <= set(self.features):
                return 404, ANY
            self.settings[name] = Setting(name, type, body["default_value"], features, metadata, "1.0")
            return 200, {"outcome": "created"}
        was = {
            "configurable_features": stored.features, "type": stored.type, "default_value": stored.default,
            "metadata": stored.metadata}
        declared = {
            "configurable_features": features, "type": type, "default_value": body["default_value"], "metadata": metadata}
        given, latest = version_of(version), version_of(stored.version)
        if given < latest:
            _, differences = self.differences(body, stored, declared, was, False)
            return 200, {"outcome": "outdated", "latest_version": stored.version, "differences": differences}
        if not set(features) <= set(self.features):
            return 404, {"detail": ANY}
        highest, differences = self.differences(body, stored, was, declared, True)
        if given == latest:
            if not differences:
                return 200, {"outcome": "uptodate"}
            return 409, {"outcome": "mismatch", "differences": differences}
        previous = {"previous_version": stored.version, "differences": differences}
        if highest > (1 if given[0] > latest[0] else 0):
            return 409, {"outcome": "rejected", **previous}
        if alias == stored.name and name != stored.name:
            self.move(stored, name)
        stored.type, stored.default, stored.features = type, body["default_value"], set(features)
        stored.metadata, stored.version = dict(metadata), version
        return 200, {"outcome": "upgraded", **previous}

    def move(self, setting, name):
        del self.settings[setting.name]
        setting.aliases = (setting.aliases | {setting.name}) - {name}
        setting.name = name
        self.settings[name] = setting

    def change_type(self, name, type, version):
        setting = self.find(name)
        if not setting:
            return 404, ANY
        given, latest = version_of(version), version_of(setting.version)
        if setting.type.text == type.text:
            if given < latest:
                return 409, ANY
        else:
            if given <= latest:
                return 409, ANY
            wrong = [not type.admits(setting.default)]
            wrong += [not type.admits(rule.value) for rule in self.rules_of(setting).values()]
            wrong += [given[0] == latest[0] and not type.is_below(setting.type)]
            if any(wrong):
                return 409, {"conflicts": [ANY] * sum(wrong)}
        setting.type = type
        setting.version = version if given > latest else setting.version
        return 204, ANY

    def rename(self, name, new, version):
        setting = self.find(name)
        if not setting:
            return 404, ANY
        owner = self.find(new)
        if version_of(version) < version_of(setting.version) or (owner and owner is not setting):
            return 409, ANY
        if new != setting.name:
            self.move(setting, new)
        setting.version = version if version_of(version) > version_of(setting.version) else setting.version
        return 204, ANY

    def change_features(self, name, features, version):
        setting = self.find(name)
        if not features or len(set(features)) < len(features):
            return 422, ANY
        if not setting or not set(features) <= set(self.features):
            return 404, ANY
        given, latest = version_of(version), version_of(setting.version)
        if setting.features == set(features):
            if given < latest:
                return 409, ANY
        else:
            used, _, _, added = self.feature_changes(setting, features)
            if given <= latest or used or (added and given[0] == latest[0]):
                return 409, ANY
        setting.features = set(features)
        setting.version = version if given > latest else setting.version
        return 204, ANY

    def setting_metadata(self, name, version, edit):
        setting = self.find(name)
        if not setting:
            return 404, ANY
        if version_of(version) <= version_of(setting.version):
            return 409, ANY
        edit(setting.metadata)
        setting.version = version
        return 204, ANY

    def get_setting_metadata(self, name):
        setting = self.find(name)
        return (200, {"metadata": setting.metadata}) if setting else (404, ANY)

    # Rules

    def add_rule(self, name, conditions, value, metadata):
        if not conditions or not all(map(CONDITION_VALUE.match, conditions.values())):
            return 422, ANY
        setting = self.find(name)
        if not setting:
            return 422, ANY
        if not set(conditions) <= setting.features:
            return 400, ANY
        if not self.allows(conditions):
            return 422, ANY
        if not setting.type.admits(value):
            return 400, ANY
        if any(rule.conditions == conditions for rule in self.rules_of(setting).values()):
            return 409, ANY
        return 201, {"rule_id": ANY}

    def rule_added(self, id, name, conditions, value, metadata):
        self.rules[id] = Rule(self.find(name), conditions, value, metadata)

    def pairs(self, rule):
        return [[feature, rule.conditions[feature]] for feature in self.order(rule.conditions)]

    def get_rule(self, id):
        rule = self.rules.get(id)
        return (404, ANY) if not rule else (200, {
            "setting": rule.setting.name, "value": rule.value, "feature_values": self.pairs(rule), "metadata": rule.metadata})

    def delete_rule(self, id):
        return (204, ANY) if self.rules.pop(id, None) else (404, ANY)

    def change_value(self, id, value):
        rule = self.rules.get(id)
        if not rule:
            return 404, ANY
        if not rule.setting.type.admits(value):
            return 400, ANY
        rule.value = value
        return 204, ANY

    def search(self, name, conditions):
        if not conditions:
            return 422, ANY
        setting = self.find(name)
        for id, rule in self.rules_of(setting).items() if setting else ():
            if rule.conditions == conditions:
                return 200, {"rule_id": id}
        return 404, ANY

    def rule_metadata(self, id, edit):
        rule = self.rules.get(id)
        if not rule:
            return 404, ANY
        edit(rule.metadata)
        return 204, ANY

    def get_rule_metadata(self, id):
        rule = self.rules.get(id)
        return (200, {"metadata": rule.metadata}) if rule else (404, ANY)

    def evaluate(self, names, context):
        """context: the features, each with a value."""
        if len({feature for feature, _ in context}) < len(context):
            return 400, ANY
        chosen = [self.settings[name] for name in sorted(self.settings)] if names is None else list(map(self.find, names))
        if None in chosen:
            return 404, ANY
        given, answer = dict(context), {}
        if not self.allows(given):
            return 422, ANY
        for setting in chosen:
            matching = {
                id: rule for id, rule in self.rules_of(setting).items()
                if all(given.get(feature) == value for feature, value in rule.conditions.items())}
            # The most specific feature decides first.
            for feature in reversed(self.features):
                having = {id: rule for id, rule in matching.items() if feature in rule.conditions}
                matching = having or matching
            winner = next(iter(matching), None)
            value = setting.default if winner is None else matching[winner].value
            answer[setting.name] = {"value": value, "rule_id": winner}
        return 200, {"settings": answer}

    def query(self, names, filters, with_metadata):
        """filters: the features, each with the admitted values or None for all; None for all rules."""
        if filters is not None and len({feature for feature, _ in filters}) < len(filters):
            return 400, ANY
        if names is None:
            chosen = [self.settings[name] for name in sorted(self.settings)]
        else:
            chosen = list(map(self.find, names))
            if None in chosen:
                return 404, ANY
        admitted = dict(filters or [])

        def admits(rule):
            return filters is None or all(
                feature in admitted and (admitted[feature] is None or value in admitted[feature])
                for feature, value in rule.conditions.items())

        answer = {}
        for setting in chosen:
            rules = []
            for id, rule in self.rules_of(setting).items():
                if admits(rule):
                    rules.append({"value": rule.value, "context_features": self.pairs(rule), "rule_id": id})
                    if with_metadata:
                        rules[-1]["metadata"] = rule.metadata
            answer[setting.name] = {"default_value": setting.default, "rules": rules}
        return 200, {"settings": answer}
