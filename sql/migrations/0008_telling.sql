-- Why tomorrow differs from usual, in a sentence beside each unit's beds.
SET LOCAL ROLE wardcast_owner;

ALTER TABLE wardcast.bed_recommendation ADD COLUMN explanation text;
COMMENT ON COLUMN wardcast.bed_recommendation.explanation IS 'why the census of tomorrow 08:00 differs from a usual one, in patients; NULL where nothing can be said for sure, and for other horizons';

CREATE OR REPLACE VIEW wardcast.current_beds AS
SELECT r.group_id, a.facility_id, b.unit_id, b.horizon, b.target_at, b.target_at AT TIME ZONE r.timezone AS target_local, b.available,
       b.census_p10, b.census_p50, b.census_p90, b.net_p50, b.net_p10, b.p_over, b.overflow,
       CASE WHEN now() > b.valid_until AND b.status <> 'withheld' THEN 'stale' ELSE b.status::text END AS status,
       CASE WHEN now() > b.valid_until AND b.status <> 'withheld' THEN concat_ws('; ', b.reason, 'not valid any more since valid_until') ELSE b.reason END AS reason,
       b.trace, b.data_as_of, b.valid_until, b.valid_until AT TIME ZONE r.timezone AS valid_until_local, b.run_id, b.explanation
FROM wardcast.current_run r
JOIN wardcast.facility a ON a.group_id = r.group_id
CROSS JOIN LATERAL (SELECT * FROM wardcast.bed_recommendation n
                    WHERE n.facility_id = a.facility_id AND n.run_id = r.run_id OFFSET 0) b;
COMMENT ON COLUMN wardcast.current_beds.explanation IS 'why the census of tomorrow 08:00 differs from a usual one, in patients; NULL where nothing can be said for sure, and for other horizons';
