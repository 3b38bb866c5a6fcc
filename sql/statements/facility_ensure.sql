-- Register the facilities of a group; one that belongs to another group stays there.
INSERT INTO wardcast.facility (facility_id, group_id)
SELECT DISTINCT unnest($2::text[]), $1
ON CONFLICT DO NOTHING
