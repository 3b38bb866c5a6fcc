-- The released forecasts of a run that have numbers.
SELECT t.facility_id, t.unit_id, t.measure, t.grain, t.target_at, t.step, t.mean,
       t.q025, t.q05, t.q10, t.q20, t.q30, t.q40, t.q50, t.q60, t.q70, t.q80, t.q90, t.q95, t.q975
FROM wardcast.run r
JOIN wardcast.facility f ON f.group_id = r.group_id
CROSS JOIN LATERAL (SELECT * FROM wardcast.forecast n
                    WHERE n.facility_id = f.facility_id AND n.run_id = r.run_id AND n.slot = r.slot OFFSET 0) t
WHERE r.run_id = $1::bigint AND t.member = 'wardcast' AND t.mean IS NOT NULL
ORDER BY t.facility_id, t.unit_id, t.measure, t.grain, t.target_at
