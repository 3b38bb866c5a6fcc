-- What the ranges had learnt by the newest run of a group before a slot.
SELECT s.facility_id, s.unit_id, s.measure, s.grain, s.bucket, s.shift, s.stretch, s.factor, s.seen, s.missed, s.judged_until, r.model_hash
FROM (SELECT run_id, group_id, model_hash FROM wardcast.run WHERE group_id = $1 AND slot < $2::timestamptz ORDER BY slot DESC LIMIT 1) r
JOIN wardcast.facility f ON f.group_id = r.group_id
CROSS JOIN LATERAL (SELECT * FROM wardcast.range_state n WHERE n.facility_id = f.facility_id AND n.run_id = r.run_id OFFSET 0) s
