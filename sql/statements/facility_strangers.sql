-- Those of the facilities that belong to another group.
SELECT string_agg(format('%s (of group %s)', facility_id, group_id), ', ')
FROM wardcast.facility
WHERE facility_id = ANY ($2::text[]) AND group_id <> $1
