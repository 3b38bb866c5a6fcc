-- Store what is new.  The first of two rows with the same key and recorded_at stays.
WITH stored AS (
    INSERT INTO wardcast.{table} ({columns}, source)
    SELECT {cells}, $1
    FROM pg_temp.wardcast_stage s
    WHERE s.complaint IS NULL
    ORDER BY s.n
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM stored
