-- A facility feeds one group; rows for another group's are set apart.
UPDATE pg_temp.wardcast_stage s
SET complaint = format('facility belongs to group %s; give it another id or let its source feed that group', f.group_id)
FROM wardcast.facility f
WHERE s.complaint IS NULL AND f.facility_id = s.c0 AND f.group_id <> $1
