"""Writers that change places through an instance, or by SQL."""
import json
import random
import re
import subprocess
import time

import places
from lab.clusters import psql
from lab.connections import Connection
from places import FEATURES

PAUSE = 0.01


class Unsure(Exception):
    """The outcome of a change is unknown. The writer makes the change again, which does no harm."""


class Writer:
    """Changes its places one after the other. It repeats each change until it is acknowledged."""

    def __init__(self, run, owner, seed):
        self.run, self.owner, self.random = run, owner, random.Random(f"{seed} {owner}")
        self.places = [place for place in run.places if place.owner == owner]

    def work(self):
        while not self.run.is_over.value:
            # Another process takes these locks to stop all writers for a while.
            with self.run.gates[self.owner]:
                self.step()
            time.sleep(self.random.choice([0, 0, 0, 2, 5]) * PAUSE)

    def step(self):
        place = self.random.choice(self.places)
        number = self.run.progress.next(place)
        self.run.progress.request(place, number)
        while not self.run.is_over.value:
            try:
                self.write(place, number)
                break
            except (Unsure, OSError):
                self.run.count("writes made again")
                time.sleep(PAUSE)
        else:
            return
        self.run.progress.acknowledge(place, number, time.monotonic())
        self.run.count(f"writes by {self.owner}")


class APIWriter(Writer):
    """Writes through an instance."""

    def __init__(self, run, owner, seed):
        super().__init__(run, owner, seed)
        self.connection, self.token = Connection(run.ports[owner]), run.write_tokens[owner]

    def send(self, method, path, body=None, accepted=(200, 201, 204)):
        status, answer = self.connection.ask_json(method, path, body, self.token)
        if status == 503:
            raise Unsure
        if status not in accepted:
            self.run.fail(f"{method} {path} {body} got {status} {answer!r}")
        return json.loads(answer) if answer.startswith(b"{") else None

    def declare(self, name, default, version="1.0"):
        self.send("POST", "/settings/declare", {
            "name": name, "configurable_features": FEATURES, "type": "int", "default_value": default, "version": version})

    def add_rule(self, setting, conditions, value):
        # The status 409 means that the rule exists: the acknowledgement of an earlier attempt was lost.
        self.send("POST", "/rules", {"setting": setting, "feature_values": conditions, "value": value}, accepted=[201, 409])

    def rule(self, setting, conditions):
        text = ",".join(f"{feature}:{value}" for feature, value in conditions.items())
        found = self.send("GET", f"/rules/search?setting={setting}&feature_values={text}", accepted=[200, 404])
        return found["rule_id"] if found else None

    def write(self, place, number):
        setting, odd = place.settings[0], number % 2
        match place:
            case places.DefaultValue():
                self.declare(setting, number, f"1.{number}")
            case places.RuleValue():
                self.send("PUT", f"/rules/{place.rule}/value", {"value": number})
            case places.RuleMetadata():
                self.send("PUT", f"/rules/{place.rule}/metadata/number", {"value": number})
            case places.RuleThatComesAndGoes() if odd:
                self.add_rule(setting, place.conditions, number)
            case places.RuleThatComesAndGoes():
                if rule := self.rule(setting, place.conditions):
                    self.send("DELETE", f"/rules/{rule}", accepted=[204, 404])
            case places.Name():
                self.send("PUT", f"/settings/{setting}/name", {"name": place.settings[odd], "version": f"1.{number}"})
            case places.SettingThatComesAndGoes() if odd:
                self.declare(setting, number)
            case places.SettingThatComesAndGoes():
                self.send("DELETE", f"/settings/{setting}", accepted=[204, 404])
            case places.OrderOfFeatures():
                self.send("PATCH", "/context_features/second/index", {"to_before" if odd else "to_after": "first"})


# Ways to make a change, some of which might hide it from the service. {} is the change, OWNER the writer.
WAYS = {
    "a statement": "{}",
    "a transaction": "BEGIN; {} COMMIT;",
    "constraints at once": "BEGIN; SET CONSTRAINTS ALL IMMEDIATE; {} COMMIT;",
    "a savepoint undone": """
        BEGIN; SAVEPOINT s; UPDATE public.settings SET default_value = '-1' WHERE name LIKE 'OWNER.%'; {} ROLLBACK TO s; {} COMMIT;""",
    "a savepoint undone, constraints at once": """
        BEGIN; SET CONSTRAINTS ALL IMMEDIATE; SAVEPOINT s; {} ROLLBACK TO s; SAVEPOINT t; {} RELEASE t; COMMIT;""",
    "an error caught": """
        BEGIN; DO $$ BEGIN DELETE FROM public.rules WHERE setting LIKE 'OWNER.%'; PERFORM 1 / 0;
        EXCEPTION WHEN division_by_zero THEN NULL; END $$; {} COMMIT;""",
    # Without the lock, the statement could take its snapshot and then wait for another session that empties and fills the tables.
    # Those rows are not in the snapshot, so that the statement would change nothing (PostgreSQL's documentation, "Caveats" of MVCC).
    "isolation": """
        BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE public.settings, public.rules, public.conditions, public.rule_metadata
        IN ROW EXCLUSIVE MODE; {} COMMIT;""",
    "two phases": "BEGIN; {} PREPARE TRANSACTION 'freshness OWNER'; COMMIT PREPARED 'freshness OWNER';",
    "replication": "BEGIN; SET LOCAL session_replication_role = replica; {} COMMIT;",
    "tables of the same names": """
        BEGIN; CREATE TEMP TABLE rules (id integer, setting varchar) ON COMMIT DROP;
        CREATE TEMP TABLE heksher_revisions (slot smallint PRIMARY KEY, number bigint, token bigint) ON COMMIT DROP;
        CREATE TEMP TABLE heksher_changes (slot smallint, number bigint, setting varchar, rule varchar, token bigint,
            PRIMARY KEY (slot, number, setting, rule)) ON COMMIT DROP; {} COMMIT;""",
    "another search path": "BEGIN; SET LOCAL search_path = pg_temp; {} COMMIT;",
}

# Ways in which a session with few rights tries to hide its change.
FORGERIES = {
    "a transaction that claims to have noted everything": """
        BEGIN; SELECT set_config('heksher.noted', ARRAY[pg_current_xact_id()::text, '0', '0', '0', '', '', '0']::text, true);
        {} COMMIT;""",
    "the same once its first change is noted": """
        BEGIN; SET CONSTRAINTS ALL IMMEDIATE; UPDATE public.settings SET version = version WHERE name = 'OWNER.values0';
        SELECT set_config('heksher.noted', ARRAY[pg_current_xact_id()::text, '0', '0', '0', '', '', '0']::text, true);
        {} COMMIT;""",
    "a session that claims so for the transactions to come": """
        SELECT set_config('heksher.noted',
            ARRAY[pg_snapshot_xmax(pg_current_snapshot())::text, '0', '0', '0', '', '', '0']::text, false);
        BEGIN; {} COMMIT; RESET heksher.noted;""",
    "calls of the functions that give slots and tokens": """
        BEGIN; DO $$ BEGIN PERFORM heksher_public.take(pg_backend_pid() % 16);
        EXCEPTION WHEN insufficient_privilege THEN NULL; END $$; {} COMMIT;""",
    "writes to the revisions": """
        BEGIN; DO $$ BEGIN UPDATE public.heksher_revisions SET token = token;
        EXCEPTION WHEN insufficient_privilege OR object_not_in_prerequisite_state THEN NULL; END $$; {} COMMIT;""",
}

# Changes of several statements. They need a transaction, and foreign keys, which replication does not check.
OF_SEVERAL_STATEMENTS = (places.Name, places.SettingThatComesAndGoes, places.RuleThatComesAndGoes)

# Empties the tables of rules and fills them again, in one transaction. Writers of settings wait for the lock.
# Another writer may have given `rules` a table that inherits from it, whose rows must stay there.
TRUNCATION = """
    BEGIN;
    LOCK TABLE settings, rules, conditions, rule_metadata IN ACCESS EXCLUSIVE MODE;
    CREATE TEMP TABLE kept_rules ON COMMIT DROP AS SELECT * FROM ONLY rules;
    CREATE TEMP TABLE kept_conditions ON COMMIT DROP AS TABLE conditions;
    CREATE TEMP TABLE kept_metadata ON COMMIT DROP AS TABLE rule_metadata;
    TRUNCATE ONLY rules CASCADE;
    INSERT INTO rules TABLE kept_rules;
    INSERT INTO conditions TABLE kept_conditions;
    INSERT INTO rule_metadata TABLE kept_metadata;
    COMMIT;
"""


class SQLWriter(Writer):
    """Writes by SQL as a superuser."""

    user, ways = "postgres", WAYS

    def __init__(self, run, owner, seed):
        super().__init__(run, owner, seed)
        self.psql, self.count = None, 0

    def execute(self, text):
        """Runs a script in the session; returns its errors."""
        self.count += 1
        end = f"end of script {self.count}"
        if self.psql is None:
            self.psql = subprocess.Popen(
                psql(self.run.host, "heksher", user=self.user), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True)
        output = []
        try:
            self.psql.stdin.write(f"{text}\n;SELECT '{end}';\n")
            self.psql.stdin.flush()
            while (line := self.psql.stdout.readline().strip()) != end:
                output.append(line)
                if not line and self.psql.poll() is not None:
                    raise ConnectionError
        except OSError:
            self.psql.kill()
            self.psql.communicate()
            self.psql = None
            raise Unsure from None
        return [line for line in output if re.search("ERROR|FATAL|PANIC", line)]

    def write(self, place, number):
        if self.user == "postgres" and self.random.random() < 0.02:
            self.change(TRUNCATION)
            self.run.count("truncations")
        way = self.random.choice(list(self.ways))
        if way in ("a statement", "replication") and isinstance(place, OF_SEVERAL_STATEMENTS):
            way = "a transaction"
        script = self.ways[way].replace("OWNER", self.owner)
        self.change(script.replace("{}", self.statements(place, number)))

    def change(self, script):
        if errors := self.execute(script):
            self.execute(f"ROLLBACK; COMMIT PREPARED 'freshness {self.owner}'")
            # Deadlocks, failures to serialize and outages are expected. After one, there is no prepared transaction to commit.
            if not all(re.search("deadlock|could not serialize|terminating connection|shutting down|current transaction"
                                 "|prepared transaction .* does not exist", line) for line in errors):
                self.run.fail("SQL failed: " + " / ".join(errors) + script)
            raise Unsure

    def statements(self, place, number):
        setting, rule, odd = place.settings[0], place.rule, number % 2
        match place:
            case places.DefaultValue():
                return f"UPDATE public.settings SET default_value = '{number}' WHERE name = '{setting}';"
            case places.RuleValue():
                return f"UPDATE public.rules SET value = '{number}' WHERE id = {rule};"
            case places.RuleMetadata():
                return f"""INSERT INTO public.rule_metadata (rule, key, value) VALUES ({rule}, 'number', '{number}')
                    ON CONFLICT (rule, key) DO UPDATE SET value = excluded.value;"""
            case places.RuleThatComesAndGoes():
                [(feature, value)] = place.conditions.items()
                found = f"""SELECT r.id FROM public.rules r JOIN public.conditions c ON c.rule = r.id
                    WHERE r.setting = '{setting}' AND c.context_feature = '{feature}' AND c.feature_value = '{value}'"""
                if odd:
                    return f"""WITH rule AS (INSERT INTO public.rules (setting, value) SELECT '{setting}', '{number}'
                            WHERE NOT EXISTS ({found}) RETURNING id)
                        INSERT INTO public.conditions SELECT id, '{feature}', '{value}' FROM rule;"""
                return f"DELETE FROM public.rules WHERE id IN ({found});"
            case places.Name():
                old, new = place.settings if odd else place.settings[::-1]
                return f"""DELETE FROM public.setting_aliases WHERE alias = '{new}';
                    UPDATE public.settings SET name = '{new}' WHERE name = '{old}';
                    INSERT INTO public.setting_aliases (setting, alias) VALUES ('{new}', '{old}') ON CONFLICT DO NOTHING;"""
            case places.SettingThatComesAndGoes() if odd:
                return f"""INSERT INTO public.settings VALUES ('{setting}', 'int', '{number}', '1.0') ON CONFLICT DO NOTHING;
                    INSERT INTO public.configurable VALUES ('{setting}', 'tenant') ON CONFLICT DO NOTHING;"""
            case places.SettingThatComesAndGoes():
                return f"DELETE FROM public.settings WHERE name = '{setting}';"
            case places.ConditionValue():
                return f"UPDATE public.conditions SET feature_value = 'u{number}' WHERE rule = {rule} AND context_feature = 'user';"
            case places.RuleThatMoves():
                return f"UPDATE public.rules SET setting = '{place.settings[odd]}' WHERE id = {rule};"
            case places.Alias():
                return f"""UPDATE public.setting_aliases SET setting = '{place.settings[odd]}'
                    WHERE alias = '{place.settings[2]}';"""


class LowPrivilegedWriter(SQLWriter):
    """Writes as a role that may change the original's tables and nothing else, and tries to hide its changes."""

    user = "low"
    ways = {name: way for name, way in WAYS.items() if name != "replication"} | FORGERIES

    @classmethod
    def create(cls, cluster):
        cluster.sql(f"CREATE ROLE {cls.user} LOGIN", "postgres")

    @classmethod
    def grant(cls, cluster):
        cluster.sql(f"""
            GRANT SELECT, INSERT, UPDATE, DELETE ON settings, configurable, rules, conditions, setting_metadata, rule_metadata,
                setting_aliases, context_features TO {cls.user};
            GRANT USAGE ON SEQUENCE rules_id_seq TO {cls.user};""")
