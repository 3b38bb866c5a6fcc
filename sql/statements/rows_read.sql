-- The rows of a run, by way of its group's facilities, which lead every key.
SELECT {columns}
FROM wardcast.run r
JOIN wardcast.facility f ON f.group_id = r.group_id
CROSS JOIN LATERAL (SELECT * FROM wardcast.{table} n WHERE n.facility_id = f.facility_id AND {run} OFFSET 0) t
WHERE r.run_id = $1::bigint
