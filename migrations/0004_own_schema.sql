-- Moves the tables and functions of our own into a schema in which no other role may create anything. Its name is `heksher_` and the
-- name of the schema that has the settings: `heksher_public` as a rule.
--
-- Readers find the revisions, the changes and the migrations under their former names, through views that nobody can write to. So the
-- program of the former schema goes on serving, and a role that reads them needs no right but SELECT on the views.

DO $migration$
DECLARE
    -- No operator is used before search_path is safe, since every one of them could be somebody else's.
    former_path CONSTANT text := pg_catalog.current_setting('search_path');
    former_revisions CONSTANT oid := pg_catalog.to_regclass('heksher_revisions');
    -- The schema of the tables and the one of our own, as SQL has them.
    place text;
    own text;
    user_tables CONSTANT text[] := ARRAY[
        'settings', 'configurable', 'rules', 'setting_metadata', 'setting_aliases', 'conditions', 'rule_metadata',
        'context_features'];
    notes CONSTANT text[] := ARRAY[
        'note_setting', 'note_part_of_setting', 'note_rule', 'note_part_of_setting', 'note_part_of_setting', 'note_part_of_rule',
        'note_part_of_rule', 'note_context_features'];
    readers text[];
    name text;
    right_of record;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    place := (SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = former_revisions);
    own := (SELECT quote_ident(('heksher_' || n.nspname)::name::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = former_revisions);
    readers := ARRAY(
        SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid = former_revisions AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner);

    -- Those who write take the locks in this order too.
    FOREACH name IN ARRAY user_tables LOOP
        EXECUTE format('LOCK TABLE %s.%I IN ACCESS EXCLUSIVE MODE', place, name);
    END LOOP;
    EXECUTE format('LOCK TABLE %1$s.heksher_revisions, %1$s.heksher_changes, %1$s.heksher_migrations IN ACCESS EXCLUSIVE MODE', place);

    IF to_regnamespace(own) IS NULL THEN
        BEGIN
            EXECUTE format('CREATE SCHEMA %s', own);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE insufficient_privilege USING MESSAGE = format(
                'the role %1$I may not create the schema %2$s: grant it CREATE on the database, or let a superuser run '
                    'CREATE SCHEMA %2$s AUTHORIZATION %1$I', current_user, own);
        END;
    ELSIF NOT (SELECT nspowner = current_user::regrole FROM pg_namespace WHERE oid = to_regnamespace(own)) THEN
        RAISE insufficient_privilege USING MESSAGE = format(
            'the schema %1$s belongs to another role than %2$I: drop it, or run ALTER SCHEMA %1$s OWNER TO %2$I', own, current_user);
    END IF;

    -- Each transaction that changes something gives a slot a new token before it commits. Tokens are random, so that equal tokens mean
    -- equal contents, also after a restore, a fail-over, or in another database. With several slots, a writer seldom waits for another.
    EXECUTE format($$
        CREATE TABLE %1$s.revisions (
            slot smallint PRIMARY KEY,
            -- Counts the slot's transactions.
            number bigint NOT NULL,
            token bigint NOT NULL,
            -- The slot's last transaction. The time at which the server started tells the transactions of two servers apart, of which
            -- one has been restored from a dump of the other.
            xact xid8,
            server timestamptz
        ) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000)$$, own);
    EXECUTE format('INSERT INTO %s.revisions SELECT slot, number, token FROM %s.heksher_revisions', own, place);

    -- The changes of the last transactions of each slot: settings, by their names as they were and as they are, or one rule of a setting,
    -- by its number. The empty name stands for everything. A reader who looks for changes of whole settings looks at the list of context
    -- features anyway, so the name of that table stands for it.
    EXECUTE format($$
        CREATE TABLE %1$s.changes (
            slot smallint NOT NULL,
            number bigint NOT NULL,
            setting varchar NOT NULL,
            -- Empty for the whole setting.
            rule varchar NOT NULL,
            token bigint NOT NULL,
            PRIMARY KEY (slot, number, setting, rule)
        )$$, own);
    EXECUTE format('INSERT INTO %s.changes SELECT slot, number, setting, rule, token FROM %s.heksher_changes', own, place);

    EXECUTE format($$
        CREATE TABLE %1$s.migrations (
            number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())$$, own);
    EXECUTE format('INSERT INTO %s.migrations SELECT number, name, checksum, applied_at FROM %s.heksher_migrations', own, place);

    -- The functions below, so that a reader can tell whether somebody has replaced one.
    EXECUTE format('CREATE TABLE %s.functions (name text PRIMARY KEY, checksum text NOT NULL)', own);

    FOREACH name IN ARRAY user_tables LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS heksher_change ON %s.%I', place, name);
        EXECUTE format('DROP TRIGGER IF EXISTS heksher_truncation ON %s.%I', place, name);
    END LOOP;
    EXECUTE format('DROP FUNCTION IF EXISTS %1$s.heksher_note_setting(), %1$s.heksher_note_part_of_setting(), %1$s.heksher_note_rule(), '
        '%1$s.heksher_note_part_of_rule(), %1$s.heksher_note_context_features(), %1$s.heksher_note_everything(), '
        '%1$s.heksher_note(varchar, varchar, boolean), %1$s.heksher_take(integer), %1$s.heksher_token()', place);
    EXECUTE format('DROP TABLE %1$s.heksher_revisions, %1$s.heksher_changes, %1$s.heksher_migrations', place);

    -- Two tables in FROM keep PostgreSQL from making a view writable; the one without a column costs a reader nothing.
    EXECUTE format('CREATE VIEW %2$s.heksher_revisions AS SELECT slot, number, token FROM %1$s.revisions, (SELECT) AS one', own, place);
    EXECUTE format(
        'CREATE VIEW %2$s.heksher_changes AS SELECT slot, number, setting, rule, token FROM %1$s.changes, (SELECT) AS one', own, place);
    EXECUTE format(
        'CREATE VIEW %2$s.heksher_migrations AS SELECT number, name, checksum, applied_at FROM %1$s.migrations, (SELECT) AS one',
        own, place);
    EXECUTE format(
        'CREATE VIEW %2$s.heksher_functions AS SELECT %3$L::text AS schema, name, checksum FROM %1$s.functions, (SELECT) AS one', own, place,
        (SELECT nspname FROM pg_namespace WHERE oid = to_regnamespace(own)));

    -- Gives a slot its next revision, and holds it until the transaction ends.
    EXECUTE replace($create$
        CREATE FUNCTION @own.take(wanted integer) RETURNS @own.revisions LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            revision @own.revisions;
        BEGIN
            INSERT INTO @own.revisions AS old (slot, number, token, xact, server)
            VALUES (wanted, 1, ('x' || translate(gen_random_uuid()::text, '-', ''))::bit(64)::bigint, pg_current_xact_id(),
                pg_postmaster_start_time())
            ON CONFLICT (slot) DO UPDATE SET
                number = old.number + 1, token = excluded.token, xact = excluded.xact, server = excluded.server
            RETURNING * INTO revision;
            RETURN revision;
        END $$
        $create$, '@own', own);

    -- Notes that the transaction changes a setting, or one rule of it. After a second rule that the transaction has written, which nobody
    -- else can take to another setting then, it notes the whole setting, and after about a thousand notes everything: both is less to
    -- write and to read.
    --
    -- A plan that was made while the tables were small would read them from end to end for each row of a large transaction; the function
    -- looks into their indexes alone.
    --
    -- A session cannot say what it has noted. The function believes the row of a slot, and the notes beside it, if the row names the
    -- transaction as the slot's last one.
    EXECUTE replace($create$
        CREATE FUNCTION @own.note(changed varchar, changed_rule varchar DEFAULT '', is_written boolean DEFAULT true) RETURNS void
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
        DECLARE
            is_read_committed CONSTANT boolean := current_setting('transaction_isolation') = 'read committed';
            -- Replication may bring rows of these tables too, and takes slots that the other database does not have.
            base CONSTANT integer := CASE current_setting('session_replication_role') WHEN 'replica' THEN 16 ELSE 0 END;
            first integer := base + pg_backend_pid() % 16;
            hint CONSTANT text := CASE WHEN NOT is_read_committed THEN current_setting('heksher.slot', true) END;
            revision @own.revisions;
        BEGIN
            IF changed = '' THEN changed_rule := ''; END IF;
            -- Only a hint: a slot that is not the transaction's is not believed.
            IF hint ~ '^[0-9]{1,2}$' THEN first := hint::integer; END IF;
            SELECT * INTO revision FROM @own.revisions
            WHERE slot = first AND xact = pg_current_xact_id() AND server = pg_postmaster_start_time();
            IF FOUND THEN
                IF EXISTS (
                    SELECT FROM @own.changes
                    WHERE slot = revision.slot AND number = revision.number AND setting = changed AND rule = changed_rule)
                THEN
                    RETURN;
                END IF;
                IF EXISTS (
                    SELECT FROM @own.changes WHERE slot = revision.slot AND number = revision.number AND setting = '')
                THEN
                    RETURN;
                END IF;
                IF changed_rule <> '' AND is_written AND EXISTS (
                    SELECT FROM @own.changes WHERE slot = revision.slot AND number = revision.number AND setting = changed)
                THEN
                    changed_rule := '';
                END IF;
                -- Notes are counted now and then, since counting them takes longer than writing one.
                IF random() < 0.03 AND 1000 <= (
                    SELECT count(*) FROM @own.changes WHERE slot = revision.slot AND number = revision.number)
                THEN
                    changed := '';
                    changed_rule := '';
                END IF;
            ELSE
                IF is_read_committed THEN
                    revision := @own.take(first);
                ELSE
                    -- A slot that another transaction has had since this one's view began cannot be taken.
                    FOR attempt IN 1..16 LOOP
                        BEGIN
                            revision := @own.take(base + (pg_backend_pid() + attempt) % 16);
                            EXIT;
                        EXCEPTION WHEN serialization_failure THEN
                            IF attempt = 16 THEN RAISE; END IF;
                        END;
                    END LOOP;
                    PERFORM set_config('heksher.slot', revision.slot::text, true);
                END IF;
                -- A reader who has not looked for a thousand changes reads everything.
                DELETE FROM @own.changes WHERE slot = revision.slot AND number <= revision.number - 1000;
            END IF;
            INSERT INTO @own.changes (slot, number, setting, rule, token)
            VALUES (revision.slot, revision.number, changed, changed_rule, revision.token) ON CONFLICT DO NOTHING;
        END $$
        $create$, '@own', own);

    -- For each kind of table: the settings that a changed row stands for, as it was and as it is. The functions have the rights of their
    -- owner, since a role that may change a setting has no right to our own schema.
    EXECUTE replace($create$
        CREATE FUNCTION @own.note_setting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN PERFORM @own.note(OLD.name); END IF;
            IF TG_OP <> 'DELETE' THEN PERFORM @own.note(NEW.name); END IF;
            RETURN NULL;
        END $$
        $create$, '@own', own);
    EXECUTE replace($create$
        CREATE FUNCTION @own.note_part_of_setting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN PERFORM @own.note(OLD.setting); END IF;
            IF TG_OP <> 'DELETE' THEN PERFORM @own.note(NEW.setting); END IF;
            RETURN NULL;
        END $$
        $create$, '@own', own);
    -- A reader of changes looks for the setting that a rule has by then, and does not depend on the one that is noted here.
    EXECUTE replace($create$
        CREATE FUNCTION @own.note_rule() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND (OLD.setting <> NEW.setting OR OLD.id <> NEW.id) THEN
                PERFORM @own.note(OLD.setting);
                PERFORM @own.note(NEW.setting);
            ELSIF TG_OP = 'DELETE' THEN
                PERFORM @own.note(OLD.setting, OLD.id::varchar);
            ELSE
                PERFORM @own.note(NEW.setting, NEW.id::varchar);
            END IF;
            RETURN NULL;
        END $$
        $create$, '@own', own);
    -- Another transaction may give the rule to another setting, or the setting another name, before this one commits: each rule is noted
    -- by itself. A rule that is gone has been noted by its own trigger.
    EXECUTE replace(replace($create$
        CREATE FUNCTION @own.note_part_of_rule() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN
                PERFORM @own.note(setting, id::varchar, false) FROM @place.rules WHERE id = OLD.rule;
            END IF;
            IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND OLD.rule <> NEW.rule THEN
                PERFORM @own.note(setting, id::varchar, false) FROM @place.rules WHERE id = NEW.rule;
            END IF;
            RETURN NULL;
        END $$
        $create$, '@own', own), '@place', place);
    EXECUTE replace($create$
        CREATE FUNCTION @own.note_context_features() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            PERFORM @own.note('context_features');
            RETURN NULL;
        END $$
        $create$, '@own', own);
    EXECUTE replace($create$
        CREATE FUNCTION @own.note_everything() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            PERFORM @own.note('');
            RETURN NULL;
        END $$
        $create$, '@own', own);
    -- By the rights of the role that migrates, through the view.
    EXECUTE replace($create$
        CREATE FUNCTION @own.record_migration() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            INSERT INTO @own.migrations (number, name, checksum, applied_at)
            VALUES (NEW.number, NEW.name, NEW.checksum, coalesce(NEW.applied_at, now()));
            RETURN NEW;
        END $$
        $create$, '@own', own);

    EXECUTE format('CREATE TRIGGER heksher_migration INSTEAD OF INSERT ON %2$s.heksher_migrations '
        'FOR EACH ROW EXECUTE FUNCTION %1$s.record_migration()', own, place);
    FOR number IN 1..cardinality(user_tables) LOOP
        -- When the transaction commits, so that it holds its slot no longer than it must, and asks for no lock while holding it.
        EXECUTE format('CREATE CONSTRAINT TRIGGER heksher_change AFTER INSERT OR UPDATE OR DELETE ON %2$s.%3$I '
            'DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION %1$s.%4$I()', own, place, user_tables[number], notes[number]);
        EXECUTE format('CREATE TRIGGER heksher_truncation AFTER TRUNCATE ON %2$s.%3$I EXECUTE FUNCTION %1$s.note_everything()',
            own, place, user_tables[number]);
        -- In replication too, where other triggers are silent.
        EXECUTE format('ALTER TABLE %s.%I ENABLE ALWAYS TRIGGER heksher_change, ENABLE ALWAYS TRIGGER heksher_truncation',
            place, user_tables[number]);
    END LOOP;

    EXECUTE format($$
        INSERT INTO %1$s.functions
        SELECT p.proname, md5(concat_ws(' ', p.prosecdef::text, p.proconfig::text, p.prosrc)) FROM pg_proc p
        WHERE p.pronamespace = to_regnamespace(%1$L)$$, own);

    -- The owner alone has rights, whatever default privileges there are.
    FOR right_of IN
        SELECT 'SCHEMA ' || own AS object, a.grantee FROM pg_namespace n, aclexplode(n.nspacl) a
        WHERE n.oid = to_regnamespace(own) AND a.grantee <> n.nspowner
        UNION SELECT format('TABLE %s.%I', own, c.relname), a.grantee FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.relnamespace = to_regnamespace(own) AND c.relkind = 'r' AND a.grantee <> c.relowner
        UNION SELECT 'FUNCTION ' || p.oid::regprocedure, a.grantee
        FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        WHERE p.pronamespace = to_regnamespace(own) AND a.grantee <> p.proowner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', right_of.object,
            CASE right_of.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(right_of.grantee)) END);
    END LOOP;
    FOREACH name IN ARRAY readers LOOP
        EXECUTE format('GRANT SELECT ON %1$s.heksher_revisions, %1$s.heksher_changes, %1$s.heksher_migrations, %1$s.heksher_functions '
            'TO %2$s', place, name);
    END LOOP;

    PERFORM pg_catalog.set_config('search_path', former_path, true);
END $migration$;
