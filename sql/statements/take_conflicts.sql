-- Set apart the rows that contradict a stored row of the same key and recorded_at.
UPDATE pg_temp.wardcast_stage s
SET complaint = 'contradicts the row already stored for this key and recorded_at; corrections need a newer recorded_at'
FROM wardcast.{table} t
WHERE s.complaint IS NULL AND {same} AND ({stored}) IS DISTINCT FROM ({cells})
