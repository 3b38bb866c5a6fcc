-- Has any migration run?
SELECT to_regclass('wardcast.schema_version') IS NOT NULL
