"""Changes of data by DDL, which row triggers do not see.

The service may use its cached data for a second after such a change (docs/reliability.md). The check therefore counts each change as
acknowledged a second later, and stops all writers meanwhile.
"""
import time

from places import RuleThatComesAndGoes

# Seconds within which an instance must notice a change of this kind.
ALLOWANCE = 1.0
UPDATE = "UPDATE public.rules SET value = '{number}' WHERE id = {rule};"
# Save the states of all triggers in a temporary table, and restore them.
KEEP_TRIGGERS = """
    CREATE TEMP TABLE kept AS SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'public.rules'::regclass AND NOT tgisinternal;"""
RESTORE_TRIGGERS = """
    DO $$ DECLARE t record; BEGIN
        FOR t IN SELECT * FROM kept LOOP
            EXECUTE format('ALTER TABLE public.rules %s TRIGGER %I', CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS'
                WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'D' THEN 'DISABLE' ELSE 'ENABLE' END, t.tgname);
        END LOOP;
    END $$;"""
# Each way is one transaction or several, in one session. The part after LATER follows in a session of its own.
LATER = "-- later"
WAYS = {
    "ALTER COLUMN … TYPE … USING": """
        ALTER TABLE public.rules ALTER COLUMN value TYPE varchar USING CASE id WHEN {rule} THEN '{number}' ELSE value END;""",
    "triggers disabled for a transaction": "BEGIN;" + KEEP_TRIGGERS + "ALTER TABLE public.rules DISABLE TRIGGER USER;" + UPDATE
    + RESTORE_TRIGGERS + "COMMIT; DROP TABLE kept;",
    "functions of triggers replaced": """
        CREATE TEMP TABLE functions AS SELECT DISTINCT p.oid, p.oid::regproc::text AS name, pg_get_functiondef(p.oid) AS definition
            FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = 'public.rules'::regclass AND NOT t.tgisinternal;
        DO $do$ DECLARE f record; BEGIN
            FOR f IN SELECT * FROM functions LOOP
                EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
                    IF TG_LEVEL = ''ROW'' AND TG_OP <> ''DELETE'' THEN RETURN NEW; END IF; RETURN OLD; END $f$', f.name);
            END LOOP;
        END $do$;""" + UPDATE + """
        DO $do$ DECLARE f record; BEGIN FOR f IN SELECT * FROM functions LOOP EXECUTE f.definition; END LOOP; END $do$;
        DROP TABLE functions;""",
    # The statements of pg_restore --data-only --disable-triggers. They leave triggers that replication does not fire.
    "pg_restore --disable-triggers": KEEP_TRIGGERS + "ALTER TABLE public.rules DISABLE TRIGGER ALL;" + UPDATE
    + "ALTER TABLE public.rules ENABLE TRIGGER ALL;" + "CREATE TABLE public.kept_triggers AS TABLE kept;" + LATER
    + "CREATE TEMP TABLE kept AS TABLE public.kept_triggers; DROP TABLE public.kept_triggers;" + RESTORE_TRIGGERS,
}
INHERITED = {
    "INHERIT": """
        CREATE TABLE public.more_rules (LIKE public.rules INCLUDING ALL);
        INSERT INTO public.more_rules VALUES (2000000000, 'ddl.inherited', '{number}');
        ALTER TABLE public.more_rules INHERIT public.rules;""",
    "an update of an inheriting table": "UPDATE public.more_rules SET value = '{number}';",
    "NO INHERIT": "ALTER TABLE public.more_rules NO INHERIT public.rules; DROP TABLE public.more_rules;",
}


class DefinitionChanges:
    def __init__(self, run, pause, wait):
        """pause: runs a function while no writer works. wait: lets writers and readers work for a while."""
        self.run, self.pause, self.wait = run, pause, wait
        self.places = [place for place in run.places if place.owner == "ddl"]
        self.ways, self.count = list(WAYS), 0

    def one(self, cluster):
        """Makes a change in the next of the ways; returns its name."""
        way = self.ways[self.count % len(self.ways)]
        place = self.places[self.count % 3]
        self.count += 1
        now, _, later = WAYS[way].partition(LATER)
        self.change(cluster, place, self.run.progress.next(place), now)
        self.wait()
        if later:
            cluster.sql(later)
        return way

    def inherit(self, cluster):
        """Adds a table that inherits from rules and has a rule of its own, changes that rule, and removes the table."""
        place = next(place for place in self.places if isinstance(place, RuleThatComesAndGoes))
        number = self.run.progress.next(place)
        # The rule exists at odd numbers.
        number += 1 - number % 2
        for script, step in zip(INHERITED.values(), [0, 2, 3]):
            self.change(cluster, place, number + step, script)
            self.wait()
        return "INHERIT"

    def change(self, cluster, place, number, script):
        def make():
            self.run.progress.request(place, number)
            cluster.sql(script.replace("{rule}", str(place.rule)).replace("{number}", str(number)))
            time.sleep(ALLOWANCE)
            self.run.progress.acknowledge(place, number, time.monotonic())
        self.pause(make)
