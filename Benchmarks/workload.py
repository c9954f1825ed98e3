"""The settings and rules that the benchmarks store, and the queries that they send. They are the same in every run."""
import concurrent.futures
import dataclasses
import http.client
import json
import random
import threading

SETTINGS = 200
RULES_OF_EACH = 20
ASKED = 50
FEATURES = {
    "environment": ["dev", "test", "staging", "prod"],
    "region": ["eu", "us", "ap", "af", "sa"],
    "tenant": [f"t{number}" for number in range(1, 41)],
    "user": [f"u{number}" for number in range(1, 201)],
}
# The numbers of tenants and users in a filter that no earlier query had.
UNASKED_TENANTS, UNASKED_USERS = 10, 20
FILTER = "environment:(prod),tenant:(t1,t2),user:*"
# One context, for evaluations.
CONTEXT = {"environment": "prod", "region": "eu", "tenant": "t1", "user": "u1"}
CONTEXT_TEXT = ",".join(f"{feature}:{value}" for feature, value in CONTEXT.items())
# The features of a rule's conditions, with their frequencies: most rules have a condition on a tenant, and few on a user alone.
CONDITIONS = {
    ("environment",): 6, ("tenant",): 10, ("region",): 2, ("user",): 3,
    ("environment", "tenant"): 20, ("environment", "user"): 8, ("environment", "region"): 8, ("tenant", "user"): 10,
    ("region", "tenant"): 8, ("region", "user"): 4,
    ("environment", "tenant", "user"): 10, ("environment", "region", "tenant"): 6, ("region", "tenant", "user"): 4,
    ("environment", "region", "tenant", "user"): 4,
}
# The types, each with a function that creates values. The values of a type have similar lengths, and so have responses.
TYPES = {
    "int": lambda dice: dice.randint(10, 99),
    "float": lambda dice: dice.randint(10, 99) + 0.5,
    "str": lambda dice: dice.choice(["blue-green", "canary-ten", "stable-one"]),
    "bool": lambda dice: dice.random() < 0.5,
    'Enum["debug","error","info","warning"]': lambda dice: dice.choice(["debug", "error", "info", "warning"]),
    'Flags["audit","cache","retry","trace"]': lambda dice: dice.sample(["audit", "cache", "retry", "trace"], 2),
    "Mapping<Sequence<int>>": lambda dice: {"low": [1, dice.randint(2, 9)], "high": [10]},
}


@dataclasses.dataclass
class Rule:
    conditions: dict
    value: object
    metadata: dict


@dataclasses.dataclass
class Setting:
    name: str
    type: str
    default: object
    metadata: dict
    rules: list

    def declaration(self):
        return {"name": self.name, "configurable_features": list(FEATURES), "type": self.type,
                "default_value": self.default, "metadata": self.metadata, "version": "1.0"}


def settings():
    dice = random.Random("heksher")
    return [setting(dice, number) for number in range(1, SETTINGS + 1)]


def setting(dice, number):
    type, value = list(TYPES.items())[number % len(TYPES)]
    rules = {}
    while len(rules) < RULES_OF_EACH:
        features = dice.choices(list(CONDITIONS), CONDITIONS.values())[0]
        conditions = {feature: dice.choice(FEATURES[feature]) for feature in features}
        rules.setdefault(tuple(conditions.items()), Rule(
            conditions, value(dice), {"owner": f"team_{dice.randint(1, 9)}", "ticket": f"OPS-{dice.randint(1000, 9999)}"}))
    return Setting(name(number), type, value(dice), {"owner": f"team_{number % 9}"}, list(rules.values()))


def name(number):
    """The name of a setting by its number, from 1."""
    return f"shop.setting_{number}"


def asked():
    """The names in a query for several settings, in no particular order."""
    return [name(number * 37 % SETTINGS + 1) for number in range(ASKED)]


# One of these settings. Two of its rules match the filter.
ONE = name(38)


def query(names, context_filters):
    return f"settings={','.join(names)}&context_filters={context_filters}"


def unasked_filters(count):
    """Filters like those of unasked.lua, to find out the lengths of the responses."""
    dice = random.Random(1)
    for _ in range(count):
        tenants, users = dice.sample(FEATURES["tenant"], UNASKED_TENANTS), dice.sample(FEATURES["user"], UNASKED_USERS)
        yield f"environment:(prod),tenant:({','.join(tenants)}),user:({','.join(users)})"


def load(address):
    """Stores the workload in an empty service through its API, and returns the IDs of the rules by setting."""
    local = threading.local()

    def post(path, body):
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(*address, timeout=60)
        local.connection.request("POST", f"/api/v1/{path}", json.dumps(body), {"Content-Type": "application/json"})
        response = local.connection.getresponse()
        text = response.read()
        if response.status not in (200, 201, 204):
            raise RuntimeError(f"{path} answered {response.status} {text.decode()} to {body}")
        return json.loads(text or b"null")

    def add(setting):
        post("settings/declare", setting.declaration())
        return [
            post("rules", {"setting": setting.name, "feature_values": rule.conditions, "value": rule.value,
                           "metadata": rule.metadata})["rule_id"]
            for rule in setting.rules
        ]

    for feature in FEATURES:
        post("context_features", {"context_feature": feature})
    everything = settings()
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        return dict(zip((setting.name for setting in everything), threads.map(add, everything)))
