-- Of each question's series the newest run before a slot that had spoken of a target, and all that it had said up to there.
SELECT q.number, t.target_at, t.step, coalesce(t.range_shift, 0), coalesce(t.range_width, 1),
       t.q025, t.q05, t.q10, t.q20, t.q30, t.q40, t.q50, t.q60, t.q70, t.q80, t.q90, t.q95, t.q975
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[])
     WITH ORDINALITY AS q (facility_id, unit_id, measure, grain, spoken_after, after, until, number)
CROSS JOIN LATERAL (SELECT n.run_id, n.slot FROM wardcast.run n
                    WHERE n.group_id = $1 AND n.slot >= q.spoken_after AND n.slot < $2::timestamptz
                      AND EXISTS (SELECT FROM wardcast.forecast e
                                  WHERE e.facility_id = q.facility_id AND e.run_id = n.run_id AND e.slot = n.slot AND e.unit_id = q.unit_id AND e.measure = q.measure
                                    AND e.grain = q.grain::wardcast.grain AND e.member = 'wardcast' AND e.target_at = q.until AND e.mean IS NOT NULL)
                    ORDER BY n.slot DESC LIMIT 1) r
CROSS JOIN LATERAL (SELECT * FROM wardcast.forecast n
                    WHERE n.facility_id = q.facility_id AND n.run_id = r.run_id AND n.slot = r.slot AND n.unit_id = q.unit_id AND n.measure = q.measure
                      AND n.grain = q.grain::wardcast.grain AND n.member = 'wardcast' AND n.target_at > q.after AND n.target_at <= q.until
                      AND n.mean IS NOT NULL OFFSET 0) t
ORDER BY q.number, t.target_at
