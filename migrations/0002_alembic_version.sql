-- The way back: by this the original service, which migrates with Alembic, knows that its tables are there already.

CREATE TABLE IF NOT EXISTS alembic_version (
    version_num varchar(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

INSERT INTO alembic_version (version_num)
SELECT '83f0f272313f' WHERE NOT EXISTS (SELECT FROM alembic_version);
