-- The tables of the original service. On a database of its own nothing but what is missing is made, so that both
-- services can run on it.

CREATE TABLE IF NOT EXISTS context_features (
    name varchar PRIMARY KEY,
    -- Unique and checked row by row: who re-indexes moves all rows out of the way first.
    index integer NOT NULL UNIQUE
);

CREATE TABLE IF NOT EXISTS settings (
    name varchar PRIMARY KEY,
    type varchar NOT NULL,
    default_value varchar NOT NULL,
    version varchar NOT NULL
);

CREATE TABLE IF NOT EXISTS configurable (
    setting varchar REFERENCES settings (name) ON UPDATE CASCADE ON DELETE CASCADE,
    context_feature varchar REFERENCES context_features (name) ON UPDATE CASCADE,
    PRIMARY KEY (setting, context_feature)
);

CREATE TABLE IF NOT EXISTS rules (
    id serial PRIMARY KEY,
    setting varchar NOT NULL REFERENCES settings (name) ON UPDATE CASCADE ON DELETE CASCADE,
    value varchar NOT NULL
);

CREATE TABLE IF NOT EXISTS conditions (
    rule integer REFERENCES rules (id) ON UPDATE CASCADE ON DELETE CASCADE,
    context_feature varchar REFERENCES context_features (name) ON UPDATE CASCADE,
    feature_value varchar NOT NULL,
    PRIMARY KEY (rule, context_feature)
);

CREATE TABLE IF NOT EXISTS setting_metadata (
    setting varchar REFERENCES settings (name) ON UPDATE CASCADE ON DELETE CASCADE,
    key varchar,
    value jsonb NOT NULL,
    PRIMARY KEY (setting, key)
);

CREATE TABLE IF NOT EXISTS rule_metadata (
    rule integer REFERENCES rules (id) ON UPDATE CASCADE ON DELETE CASCADE,
    key varchar,
    value jsonb NOT NULL,
    PRIMARY KEY (rule, key)
);

CREATE TABLE IF NOT EXISTS setting_aliases (
    setting varchar NOT NULL REFERENCES settings (name) ON UPDATE CASCADE ON DELETE CASCADE,
    alias varchar PRIMARY KEY
);

CREATE INDEX IF NOT EXISTS heksher_rules_setting ON rules (setting);
CREATE INDEX IF NOT EXISTS heksher_conditions_context_feature ON conditions (context_feature);
CREATE INDEX IF NOT EXISTS heksher_configurable_context_feature ON configurable (context_feature);
CREATE INDEX IF NOT EXISTS heksher_setting_aliases_setting ON setting_aliases (setting);
