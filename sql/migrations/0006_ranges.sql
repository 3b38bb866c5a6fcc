-- What the ranges have learnt from the days gone by, and how each published range was corrected by it.
SET LOCAL ROLE wardcast_owner;

CREATE TABLE wardcast.range_state (
    facility_id wardcast.identifier NOT NULL,
    unit_id wardcast.identifier NOT NULL,
    measure wardcast.identifier NOT NULL,
    grain wardcast.grain NOT NULL,
    bucket integer NOT NULL CONSTRAINT bucket_is_from_1_to_4 CHECK (bucket BETWEEN 1 AND 4),
    shift wardcast.finite NOT NULL CONSTRAINT shift_is_at_most_1 CHECK (shift BETWEEN -1 AND 1),
    stretch wardcast.finite NOT NULL CONSTRAINT stretch_is_from_half_to_double CHECK (stretch BETWEEN 0.5 AND 2),
    factor wardcast.finite NOT NULL CONSTRAINT factor_is_from_half_to_one_and_a_half CHECK (factor BETWEEN 0.5 AND 1.5),
    seen bigint NOT NULL CONSTRAINT seen_is_not_negative CHECK (seen >= 0),
    missed wardcast.finite NOT NULL CONSTRAINT missed_is_a_part_of_seen CHECK (missed >= 0 AND missed <= seen),
    judged_until wardcast.instant,
    run_id bigint NOT NULL REFERENCES wardcast.run (run_id),
    PRIMARY KEY (facility_id, run_id, unit_id, measure, grain, bucket)
);
COMMENT ON TABLE wardcast.range_state IS 'what the ranges of each series had learnt when a run was made; the next run goes on from it';
COMMENT ON COLUMN wardcast.range_state.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.range_state.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.range_state.measure IS 'what is forecast';
COMMENT ON COLUMN wardcast.range_state.grain IS 'hour, day, week or month';
COMMENT ON COLUMN wardcast.range_state.bucket IS 'steps ahead: 1 = up to an eighth of the horizon, 2 = a quarter, 3 = half, 4 = all of it';
COMMENT ON COLUMN wardcast.range_state.shift IS 'where the last recalibration put the middle, in normal scores; 0 = where the members have it';
COMMENT ON COLUMN wardcast.range_state.stretch IS 'width by the last recalibration; 1 = as the members have it';
COMMENT ON COLUMN wardcast.range_state.factor IS 'width on top of it by what came since; 1 = as it is';
COMMENT ON COLUMN wardcast.range_state.seen IS 'targets that have been judged since the last recalibration';
COMMENT ON COLUMN wardcast.range_state.missed IS 'of these, outside the 80 % range as it was then';
COMMENT ON COLUMN wardcast.range_state.judged_until IS 'the newest target that has been judged, whose like is not judged again; NULL = none yet';
COMMENT ON COLUMN wardcast.range_state.run_id IS 'the run that went on with it';

ALTER TABLE wardcast.forecast
    ADD COLUMN range_shift wardcast.finite,
    ADD COLUMN range_width wardcast.finite CONSTRAINT range_width_is_from_a_quarter_to_3 CHECK (range_width BETWEEN 0.25 AND 3);
COMMENT ON COLUMN wardcast.forecast.range_shift IS 'how the middle was moved after what came of earlier forecasts, in normal scores; NULL = as the members have it';
COMMENT ON COLUMN wardcast.forecast.range_width IS 'how the range was widened (above 1) or narrowed after what came of earlier forecasts; NULL = as the members have it';

CREATE OR REPLACE VIEW wardcast.current_forecast AS
SELECT r.group_id, a.facility_id, f.unit_id, f.measure, f.grain, f.target_at, f.target_at AT TIME ZONE r.timezone AS target_local,
       f.step, f.mean, f.q025, f.q05, f.q10, f.q20, f.q30, f.q40, f.q50, f.q60, f.q70, f.q80, f.q90, f.q95, f.q975,
       CASE WHEN now() > f.valid_until AND f.status <> 'withheld' THEN 'stale' ELSE f.status::text END AS status,
       CASE WHEN now() > f.valid_until AND f.status <> 'withheld' THEN concat_ws('; ', f.reason, 'not valid any more since valid_until') ELSE f.reason END AS reason,
       f.data_as_of, f.valid_until, f.valid_until AT TIME ZONE r.timezone AS valid_until_local, f.run_id, f.range_shift, f.range_width
FROM wardcast.current_run r
JOIN wardcast.facility a ON a.group_id = r.group_id
CROSS JOIN LATERAL (SELECT * FROM wardcast.forecast n
                    WHERE n.facility_id = a.facility_id AND n.run_id = r.run_id AND n.slot = r.slot AND n.member = 'wardcast' OFFSET 0) f;
COMMENT ON COLUMN wardcast.current_forecast.range_shift IS 'how the middle was moved after what came of earlier forecasts, in normal scores; NULL = not';
COMMENT ON COLUMN wardcast.current_forecast.range_width IS 'how the range was widened (above 1) or narrowed after what came of earlier forecasts; NULL = not';

GRANT SELECT, INSERT ON wardcast.range_state TO wardcast_writer;
