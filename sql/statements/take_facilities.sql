-- Register the facilities that come up for the first time.
INSERT INTO wardcast.facility (facility_id, group_id)
SELECT DISTINCT c0, $1
FROM pg_temp.wardcast_stage
WHERE complaint IS NULL
ON CONFLICT DO NOTHING
