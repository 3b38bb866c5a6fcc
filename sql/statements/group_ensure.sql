-- A group that was not described yet is known by its id.
INSERT INTO wardcast.facility_group (group_id, name)
VALUES ($1::text, $1::text)
ON CONFLICT DO NOTHING
