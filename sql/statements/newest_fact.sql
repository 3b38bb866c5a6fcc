-- The newest fact of a source known at $2.
SELECT max(recorded_at)
FROM wardcast.{table}
WHERE source = $1 AND recorded_at <= $2::timestamptz
