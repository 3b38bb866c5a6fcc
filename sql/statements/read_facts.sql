-- A feed of a group as it was known at $2: of several rows for one key the newest.
SELECT DISTINCT ON ({keys}) t.source, {columns}
FROM wardcast.{table} t
JOIN wardcast.facility f ON f.facility_id = t.facility_id
WHERE f.group_id = $1 AND t.recorded_at <= $2::timestamptz AND t.{time} >= coalesce($3::timestamptz, '-infinity')
ORDER BY {keys}, t.recorded_at DESC
