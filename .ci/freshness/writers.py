"""Those who change things: through an instance, or by plain SQL."""
import json
import random
import re
import subprocess
import time

from . import registers
from .clusters import psql
from .connection import Connection, request
from .registers import FEATURES

PAUSE = 0.01


class Unsure(Exception):
    """Whether the change was made is not known; making it again does no harm."""


class Writer:
    """Changes its places one after the other, each again and again until it is acknowledged."""

    def __init__(self, run, owner, seed):
        self.run, self.owner, self.random = run, owner, random.Random(f"{seed} {owner}")
        self.places = [place for place in run.places if place.owner == owner]

    def work(self):
        while not self.run.is_over.value:
            # Whoever wants to see no writer holds this.
            with self.run.gates[self.owner]:
                self.step()
            time.sleep(self.random.choice([0, 0, 0, 2, 5]) * PAUSE)

    def step(self):
        place = self.random.choice(self.places)
        number = self.run.registers.next(place)
        self.run.registers.started[place.index] = number
        while not self.run.is_over.value:
            try:
                self.write(place, number)
                break
            except (Unsure, OSError):
                self.run.count("writes made again")
                time.sleep(PAUSE)
        else:
            return
        self.run.registers.acknowledged_at[place.index] = time.monotonic()
        self.run.registers.acknowledged[place.index] = number
        self.run.count(f"writes by {self.owner}")


class APIWriter(Writer):
    def __init__(self, run, owner, seed):
        super().__init__(run, owner, seed)
        self.connection = Connection(run.ports[owner])

    def send(self, method, path, body=None, accepted=(200, 201, 204)):
        text = b"" if body is None else json.dumps(body).encode()
        status, _, answer = self.connection.ask(request(method, f"/api/v1{path}", text))[0]
        if status == 503:
            raise Unsure
        if status not in accepted:
            self.run.fail(f"{method} {path} {body} got {status} {answer!r}")
        return json.loads(answer) if answer.startswith(b"{") else None

    def declare(self, name, default, version="1.0"):
        self.send("POST", "/settings/declare", {
            "name": name, "configurable_features": FEATURES, "type": "int", "default_value": default, "version": version})

    def add_rule(self, setting, conditions, value):
        # 409: it was made before, and only the acknowledgement did not come.
        self.send("POST", "/rules", {"setting": setting, "feature_values": conditions, "value": value}, accepted=[201, 409])

    def rule(self, setting, conditions):
        text = ",".join(f"{feature}:{value}" for feature, value in conditions.items())
        found = self.send("GET", f"/rules/search?setting={setting}&feature_values={text}", accepted=[200, 404])
        return found["rule_id"] if found else None

    def write(self, place, number):
        setting, odd = place.settings[0], number % 2
        match place:
            case registers.DefaultValue():
                self.declare(setting, number, f"1.{number}")
            case registers.RuleValue():
                self.send("PUT", f"/rules/{place.rule}/value", {"value": number})
            case registers.RuleMetadata():
                self.send("PUT", f"/rules/{place.rule}/metadata/number", {"value": number})
            case registers.RuleThatComesAndGoes() if odd:
                self.add_rule(setting, place.conditions, number)
            case registers.RuleThatComesAndGoes():
                if rule := self.rule(setting, place.conditions):
                    self.send("DELETE", f"/rules/{rule}", accepted=[204, 404])
            case registers.Name():
                self.send("PUT", f"/settings/{setting}/name", {"name": place.settings[odd], "version": f"1.{number}"})
            case registers.SettingThatComesAndGoes() if odd:
                self.declare(setting, number)
            case registers.SettingThatComesAndGoes():
                self.send("DELETE", f"/settings/{setting}", accepted=[204, 404])
            case registers.OrderOfFeatures():
                self.send("PATCH", "/context_features/second/index", {"to_before" if odd else "to_after": "first"})


# Ways to make a change, and what they may hide it behind.
WAYS = {
    "a statement": "{}",
    "a transaction": "BEGIN; {} COMMIT;",
    "constraints at once": "BEGIN; SET CONSTRAINTS ALL IMMEDIATE; {} COMMIT;",
    "a savepoint undone": """
        BEGIN; SAVEPOINT s; UPDATE public.settings SET default_value = '-1' WHERE name LIKE 'sql.%'; {} ROLLBACK TO s; {} COMMIT;""",
    "a savepoint undone, constraints at once": """
        BEGIN; SET CONSTRAINTS ALL IMMEDIATE; SAVEPOINT s; {} ROLLBACK TO s; SAVEPOINT t; {} RELEASE t; COMMIT;""",
    "an error caught": """
        BEGIN; DO $$ BEGIN DELETE FROM public.rules WHERE setting LIKE 'sql.%'; PERFORM 1 / 0;
        EXCEPTION WHEN division_by_zero THEN NULL; END $$; {} COMMIT;""",
    "isolation": "BEGIN ISOLATION LEVEL SERIALIZABLE; {} COMMIT;",
    "two phases": "BEGIN; {} PREPARE TRANSACTION 'freshness'; COMMIT PREPARED 'freshness';",
    "replication": "BEGIN; SET LOCAL session_replication_role = replica; {} COMMIT;",
    "tables of the same names": """
        BEGIN; CREATE TEMP TABLE rules (id integer, setting varchar) ON COMMIT DROP;
        CREATE TEMP TABLE heksher_revisions (LIKE public.heksher_revisions INCLUDING ALL) ON COMMIT DROP;
        CREATE TEMP TABLE heksher_changes (LIKE public.heksher_changes INCLUDING ALL) ON COMMIT DROP; {} COMMIT;""",
}

# Changes that are nothing without a transaction, nor without foreign keys, which replication does not look at.
OF_SEVERAL_STATEMENTS = (registers.Name, registers.SettingThatComesAndGoes, registers.RuleThatComesAndGoes)

# Empties the tables that hold rules and fills them again, in one transaction. Who writes settings waits at their table.
TRUNCATION = """
    BEGIN;
    LOCK TABLE settings, rules, conditions, rule_metadata IN ACCESS EXCLUSIVE MODE;
    CREATE TEMP TABLE kept_rules ON COMMIT DROP AS TABLE rules;
    CREATE TEMP TABLE kept_conditions ON COMMIT DROP AS TABLE conditions;
    CREATE TEMP TABLE kept_metadata ON COMMIT DROP AS TABLE rule_metadata;
    TRUNCATE rules CASCADE;
    INSERT INTO rules TABLE kept_rules;
    INSERT INTO conditions TABLE kept_conditions;
    INSERT INTO rule_metadata TABLE kept_metadata;
    COMMIT;
"""


class SQLWriter(Writer):
    def __init__(self, run, owner, seed):
        super().__init__(run, owner, seed)
        self.psql, self.marks = None, 0

    def execute(self, text):
        """Runs a script in the session, and gives what went wrong."""
        self.marks += 1
        mark = f"mark {self.marks}"
        if self.psql is None:
            self.psql = subprocess.Popen(
                psql(self.run.host, "heksher"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True)
        said = []
        try:
            self.psql.stdin.write(f"{text}\n;SELECT '{mark}';\n")
            self.psql.stdin.flush()
            while (line := self.psql.stdout.readline().strip()) != mark:
                said.append(line)
                if not line and self.psql.poll() is not None:
                    raise ConnectionError
        except OSError:
            self.psql.kill()
            self.psql.communicate()
            self.psql = None
            raise Unsure from None
        return [line for line in said if re.search("ERROR|FATAL|PANIC", line)]

    def write(self, place, number):
        if self.random.random() < 0.02:
            self.change(TRUNCATION)
            self.run.count("truncations")
        way = self.random.choice(list(WAYS))
        if way in ("a statement", "replication") and isinstance(place, OF_SEVERAL_STATEMENTS):
            way = "a transaction"
        self.change(WAYS[way].replace("{}", self.statements(place, number)))

    def change(self, script):
        if errors := self.execute(script):
            self.execute("ROLLBACK; COMMIT PREPARED 'freshness'")
            # Deadlocks and the like.
            if not all(re.search("deadlock|could not serialize|terminating connection|shutting down|current transaction",
                                 line) for line in errors):
                self.run.fail("SQL failed: " + " / ".join(errors) + script)
            raise Unsure

    def statements(self, place, number):
        setting, rule, odd = place.settings[0], place.rule, number % 2
        match place:
            case registers.DefaultValue():
                return f"UPDATE public.settings SET default_value = '{number}' WHERE name = '{setting}';"
            case registers.RuleValue():
                return f"UPDATE public.rules SET value = '{number}' WHERE id = {rule};"
            case registers.RuleMetadata():
                return f"""INSERT INTO public.rule_metadata (rule, key, value) VALUES ({rule}, 'number', '{number}')
                    ON CONFLICT (rule, key) DO UPDATE SET value = excluded.value;"""
            case registers.RuleThatComesAndGoes():
                [(feature, value)] = place.conditions.items()
                found = f"""SELECT r.id FROM public.rules r JOIN public.conditions c ON c.rule = r.id
                    WHERE r.setting = '{setting}' AND c.context_feature = '{feature}' AND c.feature_value = '{value}'"""
                if odd:
                    return f"""WITH rule AS (INSERT INTO public.rules (setting, value) SELECT '{setting}', '{number}'
                            WHERE NOT EXISTS ({found}) RETURNING id)
                        INSERT INTO public.conditions SELECT id, '{feature}', '{value}' FROM rule;"""
                return f"DELETE FROM public.rules WHERE id IN ({found});"
            case registers.Name():
                old, new = place.settings if odd else place.settings[::-1]
                return f"""DELETE FROM public.setting_aliases WHERE alias = '{new}';
                    UPDATE public.settings SET name = '{new}' WHERE name = '{old}';
                    INSERT INTO public.setting_aliases (setting, alias) VALUES ('{new}', '{old}') ON CONFLICT DO NOTHING;"""
            case registers.SettingThatComesAndGoes() if odd:
                return f"""INSERT INTO public.settings VALUES ('{setting}', 'int', '{number}', '1.0') ON CONFLICT DO NOTHING;
                    INSERT INTO public.configurable VALUES ('{setting}', 'tenant') ON CONFLICT DO NOTHING;"""
            case registers.SettingThatComesAndGoes():
                return f"DELETE FROM public.settings WHERE name = '{setting}';"
            case registers.ConditionValue():
                return f"UPDATE public.conditions SET feature_value = 'u{number}' WHERE rule = {rule} AND context_feature = 'user';"
            case registers.RuleThatMoves():
                return f"UPDATE public.rules SET setting = '{place.settings[odd]}' WHERE id = {rule};"
            case registers.Alias():
                return f"""UPDATE public.setting_aliases SET setting = '{place.settings[odd]}'
                    WHERE alias = '{place.settings[2]}';"""
