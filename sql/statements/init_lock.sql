-- One migration at a time; the lock ends with the connection.
SELECT pg_advisory_lock(hashtext('wardcast.schema')::bigint)
