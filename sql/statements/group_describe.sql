-- What the configuration says about a group.
INSERT INTO wardcast.facility_group AS g (group_id, name, timezone, country, note)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (group_id) DO UPDATE
SET name = excluded.name, timezone = excluded.timezone, country = excluded.country, note = excluded.note
WHERE (g.name, g.timezone, g.country, g.note) IS DISTINCT FROM (excluded.name, excluded.timezone, excluded.country, excluded.note)
