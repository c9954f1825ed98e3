-- The history: every committed transaction that changed anything, with its author, its reason and its time, and each row as it was
-- before. The revisions and the notes for readers rest on the same records, so nothing is recorded twice.
--
-- The triggers on the tables stay; only the functions that they call change. So a program that knows the former schema keeps serving,
-- even while this migration runs.

DO $migration$
DECLARE
    -- No operator is used before search_path is safe, since every one of them could be somebody else's.
    former_path CONSTANT text := pg_catalog.current_setting('search_path');
    views CONSTANT oid := pg_catalog.to_regclass('heksher_revisions');
    -- The schema of the tables and the one of our own, as SQL has them.
    place text;
    own text;
    user_tables CONSTANT text[] := ARRAY[
        'settings', 'configurable', 'rules', 'setting_metadata', 'setting_aliases', 'conditions', 'rule_metadata',
        'context_features'];
    readers text[];
    name text;
    right_of record;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    place := (SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = views);
    own := (SELECT quote_ident(('heksher_' || n.nspname)::name::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = views);
    readers := ARRAY(
        SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid = views AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner);

    -- These locks wait until all transactions that have changed something have ended. So each transaction uses either the former functions
    -- or the new ones. The locks do not block readers. Writers take the locks in this order, too.
    FOREACH name IN ARRAY user_tables LOOP
        EXECUTE format('LOCK TABLE %s.%I IN SHARE ROW EXCLUSIVE MODE', place, name);
    END LOOP;

    EXECUTE format('CREATE SEQUENCE %s.change_ids', own);
    EXECUTE format('CREATE SEQUENCE %s.item_ids', own);

    -- A change is a transaction. Its ID is its place in the history: of two transactions that change the same row, the later one has the
    -- higher ID. If one has no ID, it is the last transaction of its slot before the history began.
    EXECUTE format($$
        CREATE TABLE %1$s.history (
            slot smallint NOT NULL,
            number bigint NOT NULL,
            token bigint NOT NULL,
            id bigint UNIQUE,
            at timestamptz NOT NULL,
            -- The name of the token or the user for whom the service made the change, or the database's user and the application.
            name varchar,
            -- a: an operation of the service; s: a scheduled change of the service; q: SQL.
            via "char" NOT NULL,
            address varchar,
            reason varchar,
            PRIMARY KEY (slot, number)
        )$$, own);

    EXECUTE format('CREATE INDEX history_at ON %s.history (at) WHERE id IS NOT NULL', own);

    -- A row that a change has added, changed or removed.
    --
    -- | kind | row | setting | rule | part | before | value |
    -- | --- | --- | --- | --- | --- | --- | --- |
    -- | s | a setting that was added or changed | its name | | version, U+001F, type | the default value | |
    -- | x | a setting that was deleted | its name | | as above | as above | |
    -- | n | a setting that was renamed | the old name | | the new name | | |
    -- | N | a setting that was renamed, again | the new name | | the old name | | |
    -- | c | a configurable feature | the setting | | the feature | empty if it was there | |
    -- | m | metadata of a setting | the setting | | the key | empty if it was there | the value |
    -- | a | an alias | the setting | | the alias | empty if it was there | |
    -- | r | a rule that was added or changed | its setting | its ID | its former setting, if it has another one now | the value | |
    -- | R | the former setting of a rule that was moved | the former setting | its ID | the setting | | |
    -- | e | a rule that was deleted | its setting | its ID | | the value | |
    -- | d | a condition | that of the rule, if the rule is there | the rule | the feature | the value | |
    -- | t | metadata of a rule | that of the rule, if the rule is there | the rule | the key | empty if it was there | the value |
    -- | f | a context feature | | | its name | empty if it was there | its index and its list of values as an array |
    -- | z | a table that was emptied | | | the table | | |
    --
    -- `before` is NULL if the row was not there. The rows of a new setting and of a new rule that the same change adds are not recorded,
    -- nor are those that only follow their setting's new name. Values are stored as they were, because the text of a value can be too long
    -- for PostgreSQL.
    EXECUTE format($$
        CREATE TABLE %1$s.items (
            change bigint NOT NULL,
            number bigint NOT NULL,
            kind "char" NOT NULL,
            setting varchar,
            rule integer,
            part varchar,
            before text,
            value jsonb,
            PRIMARY KEY (change, number)
        )$$, own);
    -- Longer names do not fit into an index.
    EXECUTE format('CREATE INDEX items_setting ON %s.items (left(setting, 600), change)', own);
    EXECUTE format('CREATE INDEX items_rule ON %s.items (rule, change) WHERE rule IS NOT NULL', own);
    EXECUTE format('CREATE INDEX items_rare ON %s.items (change) WHERE kind IN (''n'', ''f'')', own);

    -- The first change that is still recorded, and the time from which on all changes are recorded.
    EXECUTE format('CREATE TABLE %s.beginning (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), change bigint NOT NULL, '
        'at timestamptz NOT NULL)', own);
    EXECUTE format('INSERT INTO %s.beginning (change, at) VALUES (1, clock_timestamp())', own);

    EXECUTE format('ALTER TABLE %s.revisions ADD COLUMN change bigint', own);
    -- A reader that knows an earlier transaction of a slot reads everything.
    EXECUTE format($$
        INSERT INTO %1$s.history (slot, number, token, at, via)
        SELECT slot, number, token, clock_timestamp(), 'q' FROM %1$s.revisions$$, own);

    -- The notes for readers: the settings that a transaction changed, by their names as they were and as they are, or one rule of a
    -- setting, by its number. The empty name stands for everything. A reader who looks for changes of whole settings looks at the list of
    -- context features anyway, so the name of that table stands for it.
    --
    -- If the transaction has written several rules of a setting, the note names only the setting, because no other transaction can move
    -- these rules meanwhile. If the transaction has changed only conditions or metadata of a rule, the rule has a note of its own.
    --
    -- A function, because PostgreSQL would overestimate the cost of a view, and then spend a tenth of a second on compiling each statement.
    -- It reveals nothing to a role that may not read the views, because such a role cannot name it.
    EXECUTE replace($create$
        CREATE FUNCTION @own.notes(wanted bigint) RETURNS TABLE (setting varchar, rule varchar)
        LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER COST 1 ROWS 1
        SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $$
        BEGIN
            RETURN QUERY SELECT DISTINCT k.setting,
                CASE WHEN k.part IS NOT NULL THEN k.part::varchar
                    WHEN bool_and(i.kind IN ('r', 'e') AND i.part IS NULL) AND min(i.rule) = max(i.rule) THEN min(i.rule)::varchar
                    ELSE '' END
            FROM @own.items i CROSS JOIN LATERAL (SELECT
                CASE i.kind WHEN 'f' THEN 'context_features' WHEN 'z' THEN '' ELSE i.setting END AS setting,
                CASE WHEN i.kind IN ('d', 't') THEN i.rule END AS part) AS k
            WHERE i.change = wanted AND k.setting IS NOT NULL
            GROUP BY k.setting, k.part;
        END $$
        $create$, '@own', own);
    EXECUTE format($$
        CREATE OR REPLACE VIEW %2$s.heksher_changes AS
        SELECT h.slot, h.number, coalesce(note.setting, '')::varchar AS setting, coalesce(note.rule, '')::varchar AS rule, h.token
        FROM %1$s.history h LEFT JOIN LATERAL %1$s.notes(h.id) AS note ON true$$, own, place);
    EXECUTE format('DROP TABLE %s.changes', own);
    EXECUTE format(
        'CREATE VIEW %2$s.heksher_history AS SELECT id, at, name, via, address, reason FROM %1$s.history, (SELECT) AS one WHERE id IS NOT NULL',
        own, place);
    EXECUTE format(
        'CREATE VIEW %2$s.heksher_items AS SELECT change, number, kind, setting, rule, part, before, value FROM %1$s.items, (SELECT) AS one',
        own, place);
    EXECUTE format('CREATE VIEW %2$s.heksher_beginning AS SELECT change, at FROM %1$s.beginning, (SELECT) AS one', own, place);

    -- Gives a slot its next revision, and holds it until the transaction ends; and begins the transaction's change.
    --
    -- The service says for whom it acts. A role that may change the tables can say the same.
    EXECUTE replace($create$
        CREATE OR REPLACE FUNCTION @own.take(wanted integer) RETURNS @own.revisions LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            revision @own.revisions;
            told CONSTANT text := current_setting('heksher.via', true);
        BEGIN
            INSERT INTO @own.revisions AS old (slot, number, token, xact, server, change)
            VALUES (wanted, 1, ('x' || translate(gen_random_uuid()::text, '-', ''))::bit(64)::bigint, pg_current_xact_id(),
                pg_postmaster_start_time(), nextval('@own.change_ids'))
            ON CONFLICT (slot) DO UPDATE SET
                number = old.number + 1, token = excluded.token, xact = excluded.xact, server = excluded.server,
                change = excluded.change
            RETURNING * INTO revision;
            IF told IN ('a', 's') THEN
                INSERT INTO @own.history (slot, number, token, id, at, name, via, address, reason)
                VALUES (revision.slot, revision.number, revision.token, revision.change, clock_timestamp(),
                    nullif(current_setting('heksher.name', true), ''), told::"char", nullif(current_setting('heksher.address', true), ''),
                    nullif(current_setting('heksher.reason', true), ''));
            ELSE
                INSERT INTO @own.history (slot, number, token, id, at, name, via, address, reason)
                VALUES (revision.slot, revision.number, revision.token, revision.change, clock_timestamp(),
                    session_user || coalesce(' (' || nullif(current_setting('application_name', true), '') || ')', ''), 'q',
                    host(inet_client_addr()), nullif(current_setting('heksher.reason', true), ''));
            END IF;
            RETURN revision;
        END $$
        $create$, '@own', own);

    -- Records a row of the transaction's change.
    --
    -- A plan that was made while the tables were small would read them from end to end for each row of a large transaction; the function
    -- looks into their indexes alone.
    --
    -- A session cannot say what it has recorded. The function believes the row of a slot if the row names the transaction as the slot's
    -- last one.
    EXECUTE replace($create$
        CREATE FUNCTION @own.record(
            row_kind "char", row_setting varchar, row_rule integer, row_part varchar, row_before text, row_value jsonb DEFAULT NULL)
        RETURNS void
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
        DECLARE
            revision CONSTANT @own.revisions := @own.current();
        BEGIN
            -- A new order moves each feature twice.
            IF row_kind = 'f' AND EXISTS (
                SELECT FROM @own.items WHERE change = revision.change AND kind = 'f' AND part = row_part)
            THEN
                RETURN;
            END IF;
            INSERT INTO @own.items (change, number, kind, setting, rule, part, before, value)
            VALUES (revision.change, nextval('@own.item_ids'), row_kind, row_setting, row_rule, row_part, row_before, row_value);
        END $$
        $create$, '@own', own);

    -- The transaction's slot, which it takes if it has none.
    EXECUTE replace($create$
        CREATE FUNCTION @own.current() RETURNS @own.revisions
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
        DECLARE
            is_read_committed CONSTANT boolean := current_setting('transaction_isolation') = 'read committed';
            -- Replication may bring rows of these tables too, and takes slots that the other database does not have.
            base CONSTANT integer := CASE current_setting('session_replication_role') WHEN 'replica' THEN 16 ELSE 0 END;
            first integer := base + pg_backend_pid() % 16;
            hint CONSTANT text := CASE WHEN NOT is_read_committed THEN current_setting('heksher.slot', true) END;
            revision @own.revisions;
        BEGIN
            -- Only a hint: a slot that is not the transaction's is not believed.
            IF hint ~ '^[0-9]{1,2}$' THEN first := hint::integer; END IF;
            SELECT * INTO revision FROM @own.revisions
            WHERE slot = first AND xact = pg_current_xact_id() AND server = pg_postmaster_start_time();
            IF FOUND THEN RETURN revision; END IF;
            IF is_read_committed THEN RETURN @own.take(first); END IF;
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
            RETURN revision;
        END $$
        $create$, '@own', own);

    -- Whether the transaction has added the setting or the rule: then its parts need no record.
    EXECUTE replace($create$
        CREATE FUNCTION @own.is_new_setting(wanted varchar) RETURNS boolean
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
        DECLARE
            revision CONSTANT @own.revisions := @own.current();
        BEGIN
            RETURN EXISTS (
                SELECT FROM @own.items
                WHERE left(setting, 600) = left(wanted, 600) AND change = revision.change AND setting = wanted AND kind = 's'
                    AND before IS NULL);
        END $$
        $create$, '@own', own);
    EXECUTE replace($create$
        CREATE FUNCTION @own.is_new_rule(wanted integer) RETURNS boolean
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
        DECLARE
            revision CONSTANT @own.revisions := @own.current();
        BEGIN
            RETURN EXISTS (
                SELECT FROM @own.items WHERE rule = wanted AND change = revision.change AND kind = 'r' AND before IS NULL);
        END $$
        $create$, '@own', own);
    -- Whether a row only follows the new name of its setting.
    EXECUTE replace($create$
        CREATE FUNCTION @own.is_renamed(old_name varchar, new_name varchar) RETURNS boolean
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
        DECLARE
            revision CONSTANT @own.revisions := @own.current();
        BEGIN
            RETURN EXISTS (
                SELECT FROM @own.items
                WHERE left(setting, 600) = left(old_name, 600) AND change = revision.change AND setting = old_name AND kind = 'n'
                    AND part = new_name);
        END $$
        $create$, '@own', own);

    -- For each kind of table: records a changed row as it was. The functions have the rights of their owner, since a role that may change
    -- a setting has no right to our own schema.
    EXECUTE replace($create$
        CREATE OR REPLACE FUNCTION @own.note_setting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                PERFORM @own.record('s', NEW.name, NULL, NULL, NULL);
            ELSIF TG_OP = 'DELETE' THEN
                PERFORM @own.record('x', OLD.name, NULL, translate(OLD.version, chr(31), '') || chr(31) || OLD.type, OLD.default_value::text);
            ELSIF OLD *<> NEW THEN
                IF OLD.name <> NEW.name THEN
                    PERFORM @own.record('n', OLD.name, NULL, NEW.name, NULL);
                    PERFORM @own.record('N', NEW.name, NULL, OLD.name, NULL);
                END IF;
                IF (OLD.name = NEW.name OR (OLD.type::text, OLD.default_value::text, OLD.version::text)
                        IS DISTINCT FROM (NEW.type::text, NEW.default_value::text, NEW.version::text))
                    AND NOT @own.is_new_setting(NEW.name)
                THEN
                    PERFORM @own.record('s', NEW.name, NULL, translate(OLD.version, chr(31), '') || chr(31) || OLD.type,
                        OLD.default_value::text);
                END IF;
            END IF;
            RETURN NULL;
        END $$
        $create$, '@own', own);
    EXECUTE replace($create$
        CREATE OR REPLACE FUNCTION @own.note_part_of_setting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            kind "char";
            old_part varchar;
            new_part varchar;
            old_value jsonb;
        BEGIN
            IF TG_OP = 'UPDATE' AND OLD *= NEW THEN RETURN NULL; END IF;
            IF TG_TABLE_NAME = 'configurable' THEN
                kind := 'c';
                IF TG_OP <> 'INSERT' THEN old_part := OLD.context_feature; END IF;
                IF TG_OP <> 'DELETE' THEN new_part := NEW.context_feature; END IF;
            ELSIF TG_TABLE_NAME = 'setting_aliases' THEN
                kind := 'a';
                IF TG_OP <> 'INSERT' THEN old_part := OLD.alias; END IF;
                IF TG_OP <> 'DELETE' THEN new_part := NEW.alias; END IF;
            ELSE
                kind := 'm';
                IF TG_OP <> 'INSERT' THEN
                    old_part := OLD.key;
                    old_value := to_jsonb(OLD.value);
                END IF;
                IF TG_OP <> 'DELETE' THEN new_part := NEW.key; END IF;
            END IF;
            IF TG_OP = 'UPDATE' AND OLD.setting <> NEW.setting AND old_part = new_part AND @own.is_renamed(OLD.setting, NEW.setting)
                AND (kind <> 'm' OR to_jsonb(OLD) -> 'value' = to_jsonb(NEW) -> 'value')
            THEN
                RETURN NULL;
            END IF;
            IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR OLD.setting <> NEW.setting OR old_part <> new_part)
                AND NOT @own.is_new_setting(NEW.setting)
            THEN
                PERFORM @own.record(kind, NEW.setting, NULL, new_part, NULL);
            END IF;
            IF TG_OP <> 'INSERT' AND NOT @own.is_new_setting(OLD.setting) THEN
                PERFORM @own.record(kind, OLD.setting, NULL, old_part, '', old_value);
            END IF;
            RETURN NULL;
        END $$
        $create$, '@own', own);
    EXECUTE replace($create$
        CREATE OR REPLACE FUNCTION @own.note_rule() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND OLD *= NEW THEN RETURN NULL; END IF;
            IF TG_OP = 'INSERT' THEN
                PERFORM @own.record('r', NEW.setting, NEW.id, NULL, NULL);
            ELSIF TG_OP = 'DELETE' THEN
                PERFORM @own.record('e', OLD.setting, OLD.id, NULL, OLD.value::text);
            ELSIF OLD.id <> NEW.id THEN
                PERFORM @own.record('r', NEW.setting, NEW.id, NULL, NULL);
                PERFORM @own.record('e', OLD.setting, OLD.id, NULL, OLD.value::text);
            ELSIF OLD.setting <> NEW.setting THEN
                IF OLD.value::text IS DISTINCT FROM NEW.value::text OR NOT @own.is_renamed(OLD.setting, NEW.setting) THEN
                    PERFORM @own.record('r', NEW.setting, NEW.id, OLD.setting, OLD.value::text);
                    PERFORM @own.record('R', OLD.setting, NEW.id, NEW.setting, NULL);
                END IF;
            ELSIF NOT @own.is_new_rule(NEW.id) THEN
                PERFORM @own.record('r', NEW.setting, NEW.id, NULL, OLD.value::text);
            END IF;
            RETURN NULL;
        END $$
        $create$, '@own', own);
    -- Another transaction may give the rule to another setting, or the setting another name, before this one commits: a reader of notes
    -- looks for the setting that the rule has by then.
    EXECUTE replace(replace($create$
        CREATE OR REPLACE FUNCTION @own.note_part_of_rule() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            kind "char";
            old_part varchar;
            new_part varchar;
            -- The value of a condition; empty for metadata.
            old_text text := '';
            old_value jsonb;
        BEGIN
            IF TG_OP = 'UPDATE' AND OLD *= NEW THEN RETURN NULL; END IF;
            IF TG_TABLE_NAME = 'conditions' THEN
                kind := 'd';
                IF TG_OP <> 'INSERT' THEN
                    old_part := OLD.context_feature;
                    old_text := OLD.feature_value::text;
                END IF;
                IF TG_OP <> 'DELETE' THEN new_part := NEW.context_feature; END IF;
            ELSE
                kind := 't';
                IF TG_OP <> 'INSERT' THEN
                    old_part := OLD.key;
                    old_value := to_jsonb(OLD.value);
                END IF;
                IF TG_OP <> 'DELETE' THEN new_part := NEW.key; END IF;
            END IF;
            IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR OLD.rule <> NEW.rule OR old_part <> new_part) AND NOT @own.is_new_rule(NEW.rule)
            THEN
                PERFORM @own.record(kind, (SELECT setting FROM @place.rules WHERE id = NEW.rule), NEW.rule, new_part, NULL);
            END IF;
            IF TG_OP <> 'INSERT' AND NOT @own.is_new_rule(OLD.rule) THEN
                PERFORM @own.record(kind, (SELECT setting FROM @place.rules WHERE id = OLD.rule), OLD.rule, old_part, old_text, old_value);
            END IF;
            RETURN NULL;
        END $$
        $create$, '@own', own), '@place', place);
    EXECUTE replace($create$
        CREATE OR REPLACE FUNCTION @own.note_context_features() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND OLD *= NEW THEN RETURN NULL; END IF;
            IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND OLD.name <> NEW.name THEN
                PERFORM @own.record('f', NULL, NULL, NEW.name, NULL);
            END IF;
            IF TG_OP <> 'INSERT' THEN
                PERFORM @own.record('f', NULL, NULL, OLD.name, '', jsonb_build_array(OLD.index, OLD.allowed_values));
            END IF;
            RETURN NULL;
        END $$
        $create$, '@own', own);
    EXECUTE replace($create$
        CREATE OR REPLACE FUNCTION @own.note_everything() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            PERFORM @own.record('z', NULL, NULL, TG_TABLE_NAME::varchar, NULL);
            RETURN NULL;
        END $$
        $create$, '@own', own);
    -- The rows of a table that is about to be emptied.
    EXECUTE replace(replace($create$
        CREATE FUNCTION @own.record_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            revision CONSTANT @own.revisions := @own.current();
        BEGIN
            IF TG_TABLE_NAME = 'settings' THEN
                INSERT INTO @own.items SELECT revision.change, nextval('@own.item_ids'), 'x', name, NULL,
                    translate(version, chr(31), '') || chr(31) || type, default_value FROM @place.settings;
            ELSIF TG_TABLE_NAME = 'configurable' THEN
                INSERT INTO @own.items SELECT revision.change, nextval('@own.item_ids'), 'c', setting, NULL, context_feature, ''
                FROM @place.configurable;
            ELSIF TG_TABLE_NAME = 'setting_metadata' THEN
                INSERT INTO @own.items SELECT revision.change, nextval('@own.item_ids'), 'm', setting, NULL, key, '', to_jsonb(value)
                FROM @place.setting_metadata;
            ELSIF TG_TABLE_NAME = 'setting_aliases' THEN
                INSERT INTO @own.items SELECT revision.change, nextval('@own.item_ids'), 'a', setting, NULL, alias, ''
                FROM @place.setting_aliases;
            ELSIF TG_TABLE_NAME = 'rules' THEN
                INSERT INTO @own.items SELECT revision.change, nextval('@own.item_ids'), 'e', setting, id, NULL, value FROM @place.rules;
            ELSIF TG_TABLE_NAME = 'conditions' THEN
                INSERT INTO @own.items SELECT revision.change, nextval('@own.item_ids'), 'd', NULL, rule, context_feature, feature_value
                FROM @place.conditions;
            ELSIF TG_TABLE_NAME = 'rule_metadata' THEN
                INSERT INTO @own.items SELECT revision.change, nextval('@own.item_ids'), 't', NULL, rule, key, '', to_jsonb(value)
                FROM @place.rule_metadata;
            ELSE
                INSERT INTO @own.items SELECT revision.change, nextval('@own.item_ids'), 'f', NULL, NULL, name, '',
                    jsonb_build_array(index, allowed_values) FROM @place.context_features;
            END IF;
            RETURN NULL;
        END $$
        $create$, '@own', own), '@place', place);
    EXECUTE format('DROP FUNCTION %s.note(varchar, varchar, boolean)', own);

    FOREACH name IN ARRAY user_tables LOOP
        EXECUTE format('CREATE TRIGGER heksher_emptying BEFORE TRUNCATE ON %2$s.%3$I EXECUTE FUNCTION %1$s.record_rows()', own, place, name);
        -- In replication too, where other triggers are silent.
        EXECUTE format('ALTER TABLE %s.%I ENABLE ALWAYS TRIGGER heksher_emptying', place, name);
    END LOOP;

    EXECUTE format('DELETE FROM %s.functions', own);
    EXECUTE format($$
        INSERT INTO %1$s.functions
        SELECT p.proname, md5(concat_ws(' ', p.prosecdef::text, p.proconfig::text, p.prosrc)) FROM pg_proc p
        WHERE p.pronamespace = to_regnamespace(%1$L)$$, own);

    -- The owner alone has rights, whatever default privileges there are.
    FOR right_of IN
        SELECT format('%s %s.%I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, own, c.relname) AS object, a.grantee
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.relnamespace = to_regnamespace(own) AND c.relkind IN ('r', 'S') AND a.grantee <> c.relowner
        UNION SELECT format('TABLE %s.%I', place, c.relname), a.grantee
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.relnamespace = to_regnamespace(place) AND c.relname IN ('heksher_history', 'heksher_items', 'heksher_beginning')
            AND a.grantee <> c.relowner
        UNION SELECT 'FUNCTION ' || p.oid::regprocedure, a.grantee
        FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        WHERE p.pronamespace = to_regnamespace(own) AND a.grantee <> p.proowner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', right_of.object,
            CASE right_of.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(right_of.grantee)) END);
    END LOOP;
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s.notes(bigint) TO PUBLIC', own);
    FOREACH name IN ARRAY readers LOOP
        EXECUTE format('GRANT SELECT ON %1$s.heksher_history, %1$s.heksher_items, %1$s.heksher_beginning TO %2$s', place, name);
    END LOOP;

    PERFORM pg_catalog.set_config('search_path', former_path, true);
END $migration$;
