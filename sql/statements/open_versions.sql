-- The migrations that made the schema.
SELECT version, name, sha256
FROM wardcast.schema_version
ORDER BY version
