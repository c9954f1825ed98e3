-- Scheduled changes, and rules that expire.
--
-- The original service neither reads nor writes the new column of its table, which stays if somebody removes the rest of our schema.

ALTER TABLE rules ADD COLUMN IF NOT EXISTS expires_at timestamptz;
CREATE INDEX IF NOT EXISTS heksher_rules_expires_at ON rules (expires_at) WHERE expires_at IS NOT NULL;

DO $migration$
DECLARE
    -- No operator is used before search_path is safe, since every one of them could be somebody else's.
    former_path CONSTANT text := pg_catalog.current_setting('search_path');
    views CONSTANT oid := pg_catalog.to_regclass('heksher_revisions');
    -- The schema of the tables and the one of our own, as SQL has them.
    place text;
    own text;
    right_of record;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    place := (SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = views);
    own := (SELECT quote_ident(('heksher_' || n.nspname)::name::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = views);

    -- The operations of one transaction, to be run at a time.
    EXECUTE format($$
        CREATE TABLE %1$s.scheduled (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at timestamptz NOT NULL,
            -- The operations as a JSON array.
            operations text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            -- For whom the service makes the change, and why.
            name varchar,
            address varchar,
            reason varchar,
            -- The beginnings of names, if only settings with such names may be changed.
            prefixes varchar[],
            -- p: pending; d: done; f: failed.
            state "char" NOT NULL DEFAULT 'p' CHECK (state IN ('p', 'd', 'f')),
            finished_at timestamptz,
            -- The change in the history, if it was made and changed something.
            change bigint,
            -- The refusal as JSON, if it failed.
            answer text
        )$$, own);
    EXECUTE format('CREATE INDEX scheduled_pending ON %s.scheduled (at) WHERE state = ''p''', own);
    -- Unlike the other views, this one can be written to.
    EXECUTE format($$
        CREATE VIEW %2$s.heksher_scheduled AS
        SELECT id, at, operations, created_at, name, address, reason, prefixes, state, finished_at, change, answer
        FROM %1$s.scheduled$$, own, place);

    -- The change of the present transaction, after its triggers have run.
    EXECUTE format($$
        CREATE VIEW %2$s.heksher_present_change AS SELECT r.change FROM %1$s.revisions r, (SELECT) AS one
        WHERE r.xact = pg_current_xact_id_if_assigned() AND r.server = pg_postmaster_start_time()$$, own, place);

    -- As before, but they also record the time at which a rule was to expire, as `value`.
    EXECUTE replace($create$
        CREATE OR REPLACE FUNCTION @own.note_rule() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND OLD *= NEW THEN RETURN NULL; END IF;
            IF TG_OP = 'INSERT' THEN
                PERFORM @own.record('r', NEW.setting, NEW.id, NULL, NULL);
            ELSIF TG_OP = 'DELETE' THEN
                PERFORM @own.record('e', OLD.setting, OLD.id, NULL, OLD.value::text, @own.moment(OLD.expires_at));
            ELSIF OLD.id <> NEW.id THEN
                PERFORM @own.record('r', NEW.setting, NEW.id, NULL, NULL);
                PERFORM @own.record('e', OLD.setting, OLD.id, NULL, OLD.value::text, @own.moment(OLD.expires_at));
            ELSIF OLD.setting <> NEW.setting THEN
                IF (OLD.value::text, OLD.expires_at) IS DISTINCT FROM (NEW.value::text, NEW.expires_at)
                    OR NOT @own.is_renamed(OLD.setting, NEW.setting)
                THEN
                    PERFORM @own.record('r', NEW.setting, NEW.id, OLD.setting, OLD.value::text, @own.moment(OLD.expires_at));
                    PERFORM @own.record('R', OLD.setting, NEW.id, NEW.setting, NULL);
                END IF;
            ELSIF NOT @own.is_new_rule(NEW.id) THEN
                PERFORM @own.record('r', NEW.setting, NEW.id, NULL, OLD.value::text, @own.moment(OLD.expires_at));
            END IF;
            RETURN NULL;
        END $$
        $create$, '@own', own);
    EXECUTE replace($create$
        CREATE FUNCTION @own.moment(moment timestamptz) RETURNS jsonb LANGUAGE plpgsql STABLE STRICT
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            RETURN to_jsonb(to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));
        END $$
        $create$, '@own', own);
    EXECUTE replace(replace($create$
        CREATE OR REPLACE FUNCTION @own.record_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
                INSERT INTO @own.items SELECT revision.change, nextval('@own.item_ids'), 'e', setting, id, NULL, value,
                    @own.moment(expires_at) FROM @place.rules;
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

    EXECUTE format('DELETE FROM %s.functions', own);
    EXECUTE format($$
        INSERT INTO %1$s.functions
        SELECT p.proname, md5(concat_ws(' ', p.prosecdef::text, p.proconfig::text, p.prosrc)) FROM pg_proc p
        WHERE p.pronamespace = to_regnamespace(%1$L)$$, own);

    -- The owner alone has rights, whatever default privileges there are. Then the readers of the history may read the change of their own
    -- transaction, and a role that may read or change rules may do the same with scheduled changes.
    FOR right_of IN
        SELECT format('TABLE %s.%I', place, c.relname) AS object, a.grantee
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.relnamespace = to_regnamespace(place) AND c.relname IN ('heksher_scheduled', 'heksher_present_change')
            AND a.grantee <> c.relowner
        UNION SELECT format('%s %s.%I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, own, c.relname), a.grantee
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.relnamespace = to_regnamespace(own) AND c.relname IN ('scheduled', 'scheduled_id_seq') AND a.grantee <> c.relowner
        UNION SELECT 'FUNCTION ' || p.oid::regprocedure, a.grantee
        FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        WHERE p.pronamespace = to_regnamespace(own) AND p.proname = 'moment' AND a.grantee <> p.proowner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', right_of.object,
            CASE right_of.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(right_of.grantee)) END);
    END LOOP;
    FOR right_of IN
        SELECT DISTINCT a.privilege_type || ' ON ' || place || CASE c.relname WHEN 'rules' THEN '.heksher_scheduled'
                ELSE '.heksher_present_change' END AS object, a.grantee
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.relnamespace = to_regnamespace(place) AND a.grantee <> c.relowner
            AND (c.relname = 'rules' AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
                OR c.relname = 'heksher_history' AND a.privilege_type = 'SELECT')
    LOOP
        EXECUTE format('GRANT %s TO %s', right_of.object,
            CASE right_of.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(right_of.grantee)) END);
    END LOOP;

    PERFORM pg_catalog.set_config('search_path', former_path, true);
END $migration$;
