-- Remember a migration.
INSERT INTO wardcast.schema_version (version, name, sha256, program_version)
VALUES ($1::integer, $2, $3, $4)
