-- What tells a reader, by one small statement, whether anything has changed since it looked last, and what. Triggers see to
-- it whoever changes something: this service, the original or plain SQL. PostgreSQL 13 is the oldest that has what they call.

-- Each transaction that changes something gives a slot a new token before it commits. Tokens are random, so that equal
-- tokens mean equal contents, also after a restore, a fail-over, or in another database. Several slots, so that seldom a
-- writer waits for another one.
CREATE TABLE heksher_revisions (
    slot smallint PRIMARY KEY,
    -- Counts the slot's transactions.
    number bigint NOT NULL,
    token bigint NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000);

-- What the last transactions of each slot changed: settings, by their names as they were and as they are, or just one rule of a
-- setting, by its number. The empty name stands for everything; who looks for changes of whole settings looks at the list of context
-- features anyway, so that its name will do.
CREATE TABLE heksher_changes (
    slot smallint NOT NULL,
    number bigint NOT NULL,
    setting varchar NOT NULL,
    -- Empty for the whole setting.
    rule varchar NOT NULL,
    token bigint NOT NULL,
    PRIMARY KEY (slot, number, setting, rule)
);

CREATE FUNCTION heksher_token() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT ('x' || translate(gen_random_uuid()::text, '-', ''))::bit(64)::bigint
$$;

INSERT INTO heksher_revisions (slot, number, token)
SELECT slot, 0, heksher_token() FROM generate_series(0, 15) AS slot;

INSERT INTO heksher_changes (slot, number, setting, rule, token)
SELECT slot, number, '', '', token FROM heksher_revisions;

-- What follows finds the tables where they are now, whatever the path of who changes something, and no temporary tables of
-- the same names.
SELECT set_config('search_path', current_setting('search_path') || ', pg_temp', true);

-- Gives a slot its next revision, and holds it until the transaction ends.
CREATE FUNCTION heksher_take(wanted integer) RETURNS heksher_revisions LANGUAGE plpgsql AS $$
DECLARE
    revision heksher_revisions;
BEGIN
    INSERT INTO heksher_revisions AS old (slot, number, token) VALUES (wanted, 1, heksher_token())
    ON CONFLICT (slot) DO UPDATE SET number = old.number + 1, token = excluded.token RETURNING * INTO revision;
    RETURN revision;
END $$;

-- Notes that the transaction changes a setting, or one rule of it; with a second rule at once, the whole setting, if the transaction
-- has written both, so that nobody else can take them to another setting; and once it has noted a thousand changes, everything. Which
-- is less to write and to read. By its owner's rights, since whoever may change a setting may not change these tables.
CREATE FUNCTION heksher_note(changed varchar, changed_rule varchar DEFAULT '', is_written boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    xact CONSTANT text := pg_current_xact_id()::text;
    -- The transaction, its slot, number and token, the setting and the rule that it noted last, and how much it noted. Gone with the
    -- transaction.
    noted text[] := nullif(current_setting('heksher.noted', true), '')::text[];
    -- Replication may bring rows of these tables too, and takes slots that the other database does not have.
    first CONSTANT integer := pg_backend_pid() % 16
        + CASE current_setting('session_replication_role') WHEN 'replica' THEN 16 ELSE 0 END;
    revision heksher_revisions;
BEGIN
    IF changed = '' THEN changed_rule := ''; END IF;
    IF noted[1] = xact THEN
        IF noted[5] = '' OR noted[5] = changed AND (noted[6] = changed_rule OR noted[6] = '' AND is_written) THEN RETURN; END IF;
        IF noted[5] = changed AND is_written THEN changed_rule := ''; END IF;
        IF noted[7]::int >= 1000 THEN
            changed := '';
            changed_rule := '';
        END IF;
    ELSE
        IF current_setting('transaction_isolation') = 'read committed' THEN
            revision := heksher_take(first);
        ELSE
            -- A slot that another transaction has had since this one's view began cannot be taken.
            FOR attempt IN 1..16 LOOP
                BEGIN
                    revision := heksher_take(first - first % 16 + (first + attempt) % 16);
                    EXIT;
                EXCEPTION WHEN serialization_failure THEN
                    IF attempt = 16 THEN RAISE; END IF;
                END;
            END LOOP;
        END IF;
        -- Who has not looked for a thousand changes reads everything.
        DELETE FROM heksher_changes WHERE slot = revision.slot AND number <= revision.number - 1000;
        noted := ARRAY[xact, revision.slot::text, revision.number::text, revision.token::text, NULL, NULL, '0'];
    END IF;
    INSERT INTO heksher_changes (slot, number, setting, rule, token)
    VALUES (noted[2]::smallint, noted[3]::bigint, changed, changed_rule, noted[4]::bigint) ON CONFLICT DO NOTHING;
    noted[5:7] := ARRAY[changed::text, changed_rule::text, (noted[7]::int + 1)::text];
    PERFORM set_config('heksher.noted', noted::text, true);
END $$;

-- For each kind of table: the settings that a changed row stands for, as it was and as it is.
CREATE FUNCTION heksher_note_setting() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM heksher_note(OLD.name); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM heksher_note(NEW.name); END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION heksher_note_part_of_setting() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM heksher_note(OLD.setting); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM heksher_note(NEW.setting); END IF;
    RETURN NULL;
END $$;

-- Whoever reads changes looks for the setting that a rule has by then, and does not depend on the one that is noted here.
CREATE FUNCTION heksher_note_rule() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.setting <> NEW.setting OR OLD.id <> NEW.id) THEN
        PERFORM heksher_note(OLD.setting);
        PERFORM heksher_note(NEW.setting);
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM heksher_note(OLD.setting, OLD.id::varchar);
    ELSE
        PERFORM heksher_note(NEW.setting, NEW.id::varchar);
    END IF;
    RETURN NULL;
END $$;

-- Another transaction may give the rule to another setting, or the setting another name, before this one commits. A rule that is gone
-- has been noted by itself; so has one that this transaction wrote, and nobody else can write it now.
CREATE FUNCTION heksher_note_part_of_rule() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    own CONSTANT xid := pg_current_xact_id()::xid;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM heksher_note(setting, id::varchar, false) FROM rules WHERE id = OLD.rule AND xmin <> own;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM heksher_note(setting, id::varchar, false) FROM rules WHERE id = NEW.rule AND xmin <> own;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION heksher_note_context_features() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM heksher_note('context_features');
    RETURN NULL;
END $$;

CREATE FUNCTION heksher_note_everything() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM heksher_note('');
    RETURN NULL;
END $$;

-- When the transaction commits, so that it holds its slot no longer than it must, and asks for no lock while holding it.
CREATE CONSTRAINT TRIGGER heksher_change AFTER INSERT OR UPDATE OR DELETE ON settings
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION heksher_note_setting();
CREATE CONSTRAINT TRIGGER heksher_change AFTER INSERT OR UPDATE OR DELETE ON configurable
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION heksher_note_part_of_setting();
CREATE CONSTRAINT TRIGGER heksher_change AFTER INSERT OR UPDATE OR DELETE ON rules
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION heksher_note_rule();
CREATE CONSTRAINT TRIGGER heksher_change AFTER INSERT OR UPDATE OR DELETE ON setting_metadata
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION heksher_note_part_of_setting();
CREATE CONSTRAINT TRIGGER heksher_change AFTER INSERT OR UPDATE OR DELETE ON setting_aliases
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION heksher_note_part_of_setting();
CREATE CONSTRAINT TRIGGER heksher_change AFTER INSERT OR UPDATE OR DELETE ON conditions
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION heksher_note_part_of_rule();
CREATE CONSTRAINT TRIGGER heksher_change AFTER INSERT OR UPDATE OR DELETE ON rule_metadata
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION heksher_note_part_of_rule();
CREATE CONSTRAINT TRIGGER heksher_change AFTER INSERT OR UPDATE OR DELETE ON context_features
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION heksher_note_context_features();

CREATE TRIGGER heksher_truncation AFTER TRUNCATE ON settings EXECUTE FUNCTION heksher_note_everything();
CREATE TRIGGER heksher_truncation AFTER TRUNCATE ON configurable EXECUTE FUNCTION heksher_note_everything();
CREATE TRIGGER heksher_truncation AFTER TRUNCATE ON rules EXECUTE FUNCTION heksher_note_everything();
CREATE TRIGGER heksher_truncation AFTER TRUNCATE ON setting_metadata EXECUTE FUNCTION heksher_note_everything();
CREATE TRIGGER heksher_truncation AFTER TRUNCATE ON setting_aliases EXECUTE FUNCTION heksher_note_everything();
CREATE TRIGGER heksher_truncation AFTER TRUNCATE ON conditions EXECUTE FUNCTION heksher_note_everything();
CREATE TRIGGER heksher_truncation AFTER TRUNCATE ON rule_metadata EXECUTE FUNCTION heksher_note_everything();
CREATE TRIGGER heksher_truncation AFTER TRUNCATE ON context_features EXECUTE FUNCTION heksher_note_everything();

-- In replication too, where other triggers are silent.
ALTER TABLE settings ENABLE ALWAYS TRIGGER heksher_change, ENABLE ALWAYS TRIGGER heksher_truncation;
ALTER TABLE configurable ENABLE ALWAYS TRIGGER heksher_change, ENABLE ALWAYS TRIGGER heksher_truncation;
ALTER TABLE rules ENABLE ALWAYS TRIGGER heksher_change, ENABLE ALWAYS TRIGGER heksher_truncation;
ALTER TABLE setting_metadata ENABLE ALWAYS TRIGGER heksher_change, ENABLE ALWAYS TRIGGER heksher_truncation;
ALTER TABLE setting_aliases ENABLE ALWAYS TRIGGER heksher_change, ENABLE ALWAYS TRIGGER heksher_truncation;
ALTER TABLE conditions ENABLE ALWAYS TRIGGER heksher_change, ENABLE ALWAYS TRIGGER heksher_truncation;
ALTER TABLE rule_metadata ENABLE ALWAYS TRIGGER heksher_change, ENABLE ALWAYS TRIGGER heksher_truncation;
ALTER TABLE context_features ENABLE ALWAYS TRIGGER heksher_change, ENABLE ALWAYS TRIGGER heksher_truncation;
