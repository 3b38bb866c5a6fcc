-- Keep the rows set apart, each once however often it is pulled.
WITH apart AS (
    SELECT s.n, s.complaint, jsonb_strip_nulls(jsonb_object($4::text[], (ARRAY[c0, c1, c2, c3, c4, c5, c6, c7, c8, c9])[1:cardinality($4::text[])])) AS cells
    FROM pg_temp.wardcast_stage s
    WHERE s.complaint IS NOT NULL
), kept AS (
    INSERT INTO wardcast.quarantine (group_id, source, feed, row_digest, reason, cells)
    SELECT $1, $2, $3, encode(sha256(convert_to(complaint || chr(10) || cells::text, 'UTF8')), 'hex'), complaint, cells
    FROM apart
    ORDER BY n
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM kept
