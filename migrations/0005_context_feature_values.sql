-- The only values that conditions and contexts may give a context feature, or NULL for any value. The original service neither reads nor
-- writes the column, which stays if somebody removes the rest of our schema.
--
-- The table's own triggers report its changes, so that every reader notices a list that SQL has changed.

ALTER TABLE context_features ADD COLUMN IF NOT EXISTS allowed_values varchar[]
    -- Mistakes of SQL: with an empty list, no context could have the feature.
    CONSTRAINT heksher_allowed_values CHECK (cardinality(allowed_values) > 0 AND array_position(allowed_values, NULL) IS NULL);
