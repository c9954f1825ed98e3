-- For pgbench: the statements with which the service creates a rule, from
-- Sources/Heksher/HeksherStore/Operations/RulesStore.swift, in as many round trips.
\set setting random(1, 200)
\set tenant random(1, 40)
\set user random(1, 9000000000000000)
\startpipeline
BEGIN;
SELECT name FROM settings WHERE name = coalesce((SELECT setting FROM setting_aliases WHERE alias = 'shop.setting_' || :setting::text), 'shop.setting_' || :setting::text) FOR UPDATE;
SELECT s.name, s.type, s.default_value, s.version,
    (SELECT coalesce(json_agg(c.context_feature ORDER BY f.index), '[]')
        FROM configurable c JOIN context_features f ON f.name = c.context_feature WHERE c.setting = s.name),
    (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM setting_metadata m WHERE m.setting = s.name),
    (SELECT coalesce(json_agg(a.alias ORDER BY a.alias COLLATE "C"), '[]')
        FROM setting_aliases a WHERE a.setting = s.name)
FROM settings s WHERE s.name = coalesce((SELECT setting FROM setting_aliases WHERE alias = 'shop.setting_' || :setting::text), 'shop.setting_' || :setting::text);
SELECT s.name, r.id,
    (SELECT count(*) FROM (SELECT FROM rules own WHERE own.setting = s.name LIMIT 100000) AS counted)
FROM settings s LEFT JOIN rules r ON r.setting = s.name
    AND (SELECT count(*) FROM conditions c WHERE c.rule = r.id) = cardinality(ARRAY['tenant', 'user'])
    AND NOT EXISTS (
        SELECT FROM unnest(ARRAY['tenant', 'user'], ARRAY['t' || :tenant::text, 'b' || :user::text]) AS wanted(feature, value)
        WHERE NOT EXISTS (
            SELECT FROM conditions c
            WHERE c.rule = r.id AND c.context_feature = wanted.feature AND c.feature_value = wanted.value))
WHERE s.name = coalesce((SELECT setting FROM setting_aliases WHERE alias = 'shop.setting_' || :setting::text), 'shop.setting_' || :setting::text);
\endpipeline
\startpipeline
WITH rule AS (INSERT INTO rules (setting, value) VALUES ('shop.setting_' || :setting::text, '10') RETURNING id),
condition AS (
    INSERT INTO conditions (rule, context_feature, feature_value)
    SELECT rule.id, pair.feature, pair.value
    FROM rule, unnest(ARRAY['tenant', 'user'], ARRAY['t' || :tenant::text, 'b' || :user::text]) AS pair(feature, value)),
metadata AS (
    INSERT INTO rule_metadata (rule, key, value)
    SELECT rule.id, pair.key, pair.value::jsonb FROM rule, unnest(ARRAY['owner'], ARRAY['"team_1"']) AS pair(key, value))
SELECT id FROM rule;
COMMIT;
\endpipeline
