"""Random operations, each with the response that the rules of the contract expect."""
import json
import random
import urllib.parse

from rules import ANY, Rules
from setting_types import INT, TYPES, VALUES, version_of


# Values of conditions, some of which must be in quotation marks in queries.
CONDITION_VALUES = ["x", "y", "z_0", "us-east-1", "a b", "Smith, Jones & Co", "é", "*", '("', "a:b"]


def written(value):
    """The value in a query, as a JSON string where it must be one, and also where it may be bare."""
    is_bare = not any(character in value for character in ',()"') and value != "*" and value.strip() == value
    return value if is_bare else json.dumps(value)


class Sequence:
    """A random sequence of operations."""

    def __init__(self, seed):
        self.random, self.rules, self.ids = random.Random(seed), Rules(), [0, 999999]

    def feature(self):
        return self.random.choice(["f0", "f1", "f2", "f3", "f4"])

    def name(self):
        return self.random.choice(["s0", "s1", "s.2", "s_3", "S-4", "declare"])

    def version(self, name):
        setting = self.rules.find(name)
        major, minor = version_of(setting.version) if setting and self.random.random() < 0.9 else (1, 0)
        return self.random.choice([f"{major}.{minor}", f"{major}.{minor + 1}", f"{major + 1}.0", f"{major}.{minor + 10}"] * 3
                                  + ["0.9", "1.0"])

    def metadata(self):
        keys = self.random.sample(["k", "owner", "a-b"], self.random.choice([0, 0, 1, 2]))
        return {key: self.random.choice([1, 1.5, "x", None, [], {"n": True}]) for key in keys}

    def value(self, type):
        fitting = [value for value in VALUES if type.admits(value)]
        return self.random.choice(fitting if fitting and self.random.random() < 0.9 else VALUES)

    def conditions(self, setting=None):
        pool = sorted(setting.features) if setting and self.random.random() < 0.9 else ["f0", "f1", "f2", "f3"]
        chosen = self.random.sample(pool, min(len(pool), self.random.choice([0, 1, 1, 1, 2, 3])))
        return {feature: self.random.choice(["x", "x", "y"] + CONDITION_VALUES) for feature in chosen}

    def some_rule(self):
        return self.random.choice(list(self.rules.rules) * 4 + self.ids)

    def step(self):
        """The next operation: its method, path and body, and a function that returns the expected response."""
        rules, random = self.rules, self.random
        name, feature = self.name(), self.feature()
        quoted = urllib.parse.quote
        kinds = dict(
            list_features=1, get_feature=1, add_feature=5, delete_feature=2, move_feature=4, get_values=1, set_values=4,
            list_settings=1, get_setting=2,
            delete_setting=1, declare=22, change_type=5, rename=5, change_features=5, setting_metadata=6, add_rule=18,
            get_rule=3, delete_rule=3, change_value=5, search=3, rule_metadata=6, query=8, evaluate=8, malformed=2)
        kind = random.choices(list(kinds), list(kinds.values()))[0]
        match kind:
            case "list_features":
                return "GET", "/context_features", None, rules.list_features
            case "get_feature":
                return "GET", f"/context_features/{feature}", None, lambda: rules.get_feature(feature)
            case "add_feature":
                return "POST", "/context_features", {"context_feature": feature}, lambda: rules.add_feature(feature)
            case "delete_feature":
                return "DELETE", f"/context_features/{feature}", None, lambda: rules.delete_feature(feature)
            case "move_feature":
                target, after = self.feature(), random.random() < 0.5
                body = {"to_after" if after else "to_before": target}
                if after and random.random() < 0.2:
                    body["to_before"] = feature
                path = f"/context_features/{feature}/index"
                return "PATCH", path, body, lambda: rules.move_feature(feature, after, target)
            case "get_values":
                if random.random() < 0.5:
                    return "GET", "/context_features?include_values=true", None, rules.list_features_with_values
                return "GET", f"/context_features/{feature}/values", None, lambda: rules.get_values(feature)
            case "set_values":
                # Most lists have all values that rules use, so that rules can still be added.
                used = [rule.conditions[feature] for rule in rules.rules.values() if feature in rule.conditions]
                values = random.choice([
                    None, None, ["x", "y"] + CONDITION_VALUES + used, used + ["x"], random.sample(CONDITION_VALUES, 3), [], ["a\nb"]])
                return "PUT", f"/context_features/{feature}/values", {"values": values}, (
                    lambda: rules.set_values(feature, values))
            case "list_settings":
                additional = random.choice(["True", "False", "1", "no"])
                path = f"/settings?include_additional_data={additional}"
                return "GET", path, None, lambda: rules.list_settings(additional in ("True", "1"))
            case "get_setting":
                return "GET", f"/settings/{name}", None, lambda: rules.get_setting(name)
            case "delete_setting":
                return "DELETE", f"/settings/{name}", None, lambda: rules.delete_setting(name)
            case "declare":
                stored = rules.find(name)
                type = stored.type if stored and random.random() < 0.5 else random.choice(TYPES)
                features = sorted(stored.features) if stored and random.random() < 0.4 else random.sample(
                    rules.features if rules.features and random.random() < 0.9 else ["f0", "f1", "f2", "f3", "f4"],
                    random.choice([1, 1, 2, 3]) if len(rules.features) > 2 else 1)
                default = stored.default if stored and random.random() < 0.6 else self.value(type)
                metadata = stored.metadata if stored and random.random() < 0.6 else self.metadata()
                body = {"name": name, "configurable_features": features, "type": type.text, "default_value": default,
                        "metadata": metadata}
                if random.random() < 0.25:
                    body["alias"] = self.name()
                body["version"] = self.version(name if stored else body.get("alias", name)) if stored or "alias" in body \
                    else random.choice(["1.0"] * 9 + ["1.1"])
                if body["version"] == "1.0" and random.random() < 0.5:
                    del body["version"]
                return "POST", "/settings/declare", body, lambda: rules.declare(body, type)
            case "change_type":
                type, version = random.choice(TYPES), self.version(name)
                body = {"type": type.text, "version": version}
                return "PUT", f"/settings/{name}/type", body, lambda: rules.change_type(name, type, version)
            case "rename":
                new, version = self.name(), self.version(name)
                body = {"name": new, "version": version}
                return "PUT", f"/settings/{name}/name", body, lambda: rules.rename(name, new, version)
            case "change_features":
                features, version = random.sample(["f0", "f1", "f2", "f3"], random.choice([0, 1, 1, 2, 3])), self.version(name)
                body = {"configurable_features": features, "version": version}
                path = f"/settings/{name}/configurable_features"
                return "PUT", path, body, lambda: rules.change_features(name, features, version)
            case "setting_metadata" | "rule_metadata":
                return self.metadata_step(kind == "setting_metadata", name)
            case "add_rule":
                setting = rules.find(name)
                conditions = self.conditions(setting)
                value = self.value(setting.type if setting else INT)
                metadata = self.metadata()
                body = {"setting": name, "feature_values": conditions, "value": value, "metadata": metadata}
                return "POST", "/rules", body, lambda: rules.add_rule(name, conditions, value, metadata)
            case "get_rule":
                id = self.some_rule()
                return "GET", f"/rules/{id}", None, lambda: rules.get_rule(id)
            case "delete_rule":
                id = self.some_rule()
                return "DELETE", f"/rules/{id}", None, lambda: rules.delete_rule(id)
            case "change_value":
                id = self.some_rule()
                value = self.value(rules.rules[id].setting.type if id in rules.rules else INT)
                method, path = random.choice([("PUT", f"/rules/{id}/value"), ("PATCH", f"/rules/{id}")])
                return method, path, {"value": value}, lambda: rules.change_value(id, value)
            case "search":
                found = rules.rules.get(self.some_rule())
                conditions = found.conditions if found and random.random() < 0.7 else self.conditions()
                wanted = found.setting.name if found and random.random() < 0.7 else name
                text = ",".join(f"{feature}:{written(value)}" for feature, value in conditions.items())
                path = f"/rules/search?setting={wanted}&feature_values={quoted(text)}"
                return "GET", path, None, lambda: rules.search(wanted, conditions)
            case "query":
                return self.query_step()
            case "evaluate":
                return self.evaluate_step()
            case "malformed":
                method, path, body = random.choice([
                    ("POST", "/context_features", {"context_feature": "a b"}), ("POST", "/context_features", []),
                    ("POST", "/settings/declare", {"name": name}), ("PUT", f"/settings/{name}/type", {"type": "int"}),
                    ("PUT", f"/settings/{name}/name", {"name": "x y", "version": "1.0"}), ("GET", "/rules/x", None),
                    ("POST", "/rules", {"setting": name, "feature_values": {"f0": "a\nb"}, "value": 1}),
                    ("GET", "/evaluate?context=f0", None), ("GET", "/evaluate?context=f0:*", None),
                    ("GET", "/query?context_filters=nonsense", None), ("PATCH", f"/context_features/{feature}/index", {}),
                    ("GET", "/settings?include_additional_data=maybe", None)])
                return method, path, body, lambda: (422, ANY)

    def metadata_step(self, of_setting, name):
        rules, random = self.rules, self.random
        id, version, metadata = self.some_rule(), self.version(name), self.metadata()
        key, value = random.choice(["k", "owner", "a-b"]), random.choice([0, "y", [1, {}]])

        def replace(stored):
            stored.clear()
            stored.update(metadata)

        method, suffix, body, edit = random.choice([
            ("POST", "", {"metadata": metadata}, lambda stored: stored.update(metadata)),
            ("PUT", "", {"metadata": metadata}, replace), ("DELETE", "", {}, lambda stored: stored.clear()),
            ("PUT", f"/{key}", {"value": value}, lambda stored: stored.update({key: value})),
            ("DELETE", f"/{key}", {}, lambda stored: stored.pop(key, None)), ("GET", "", None, None)])
        path = f"/settings/{name}/metadata{suffix}" if of_setting else f"/rules/{id}/metadata{suffix}"
        if edit is None:
            return method, path, None, (
                lambda: rules.get_setting_metadata(name) if of_setting else rules.get_rule_metadata(id))
        if of_setting:
            return method, path, {**body, "version": version}, lambda: rules.setting_metadata(name, version, edit)
        return method, path, body or None, lambda: rules.rule_metadata(id, edit)

    def some_names(self):
        """Names of settings; None for all."""
        random = self.random
        names = None if random.random() < 0.4 else random.sample(sorted(self.rules.settings), min(2, len(self.rules.settings)))
        if names is not None and random.random() < 0.3:
            names.append(self.name())
        return names

    def evaluate_step(self):
        random, names = self.random, self.some_names()
        context = [
            (self.feature(), random.choice(["x", "x", "y"] + CONDITION_VALUES)) for _ in range(random.choice([0, 1, 2, 2, 3, 3]))]
        text = ",".join(f"{feature}:{written(value)}" for feature, value in context)
        parameters = {"context": text} | ({} if names is None else {"settings": ",".join(names)})
        return "GET", "/evaluate?" + urllib.parse.urlencode(parameters), None, lambda: self.rules.evaluate(names, context)

    def query_step(self):
        random, names = self.random, self.some_names()
        filters, text = None, "*"
        if random.random() < 0.7:
            filters = [
                (self.feature(), random.choice([None, ["x"], ["x", "y"], CONDITION_VALUES[3:]])) for _ in range(random.choice([0, 1, 1, 2, 2, 3]))]
            text = ",".join(f"{feature}:" + ("*" if values is None else f"({','.join(map(written, values))})") for feature, values in filters)
        with_metadata = random.random() < 0.5
        parameters = {"context_filters": text, "include_metadata": with_metadata}
        if names is not None:
            parameters["settings"] = ",".join(names)
        path = "/query?" + urllib.parse.urlencode(parameters)
        return "GET", path, None, lambda: self.rules.query(names, filters, with_metadata)
