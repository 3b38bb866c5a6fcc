-- The scores that the runs of a group told, oldest first; those of weeks and months from an earlier time on.
-- OFFSET 0 keeps the planner on the way by key.
SELECT s.facility_id, s.unit_id, s.measure, s.grain, r.slot, s.n, s.pinball, s.coverage80, s.expected, s.first_score, s.last_pit, s.sound, r.model_hash,
       s.until_at
FROM wardcast.run r
JOIN wardcast.facility f ON f.group_id = r.group_id
CROSS JOIN LATERAL (SELECT * FROM wardcast.score n WHERE n.facility_id = f.facility_id AND n.run_id = r.run_id OFFSET 0) s
WHERE r.group_id = $1 AND r.slot >= $2::timestamptz AND r.slot < $3::timestamptz AND s.sound IS NOT NULL
UNION ALL
SELECT s.facility_id, s.unit_id, s.measure, s.grain, r.slot, s.n, s.pinball, s.coverage80, s.expected, s.first_score, s.last_pit, s.sound, r.model_hash,
       s.until_at
FROM wardcast.run r
JOIN wardcast.facility f ON f.group_id = r.group_id
CROSS JOIN LATERAL (SELECT * FROM wardcast.score n
                    WHERE n.facility_id = f.facility_id AND n.run_id = r.run_id AND n.grain IN ('week', 'month') OFFSET 0) s
WHERE r.group_id = $1 AND r.slot >= $4::timestamptz AND r.slot < $2::timestamptz AND s.sound IS NOT NULL
ORDER BY slot
