-- What readers see: the newest run of each group, whole, and how fresh its sources are.
-- OFFSET 0 keeps the planner from scanning all history: it goes from the run to its facilities and from there by key.
SET LOCAL ROLE wardcast_owner;

CREATE VIEW wardcast.current_run AS
SELECT r.group_id, g.name AS group_name, g.timezone, r.run_id, r.slot, r.slot AT TIME ZONE g.timezone AS slot_local,
       r.as_of, r.as_of AT TIME ZONE g.timezone AS as_of_local, r.data_watermark, r.published_at,
       r.published_at AT TIME ZONE g.timezone AS published_local, r.summary, r.program_version, r.model_hash, r.config_hash,
       r.seed, r.digest, r.forecasts, r.recommendations, r.scores,
       (SELECT max(version) FROM wardcast.schema_version) AS schema_version
FROM wardcast.facility_group g
CROSS JOIN LATERAL (SELECT * FROM wardcast.run n WHERE n.group_id = g.group_id ORDER BY n.slot DESC LIMIT 1) r;
COMMENT ON VIEW wardcast.current_run IS 'the newest published run of each group';
COMMENT ON COLUMN wardcast.current_run.group_id IS 'the group';
COMMENT ON COLUMN wardcast.current_run.group_name IS 'its name as people know it';
COMMENT ON COLUMN wardcast.current_run.timezone IS 'IANA zone of the *_local columns';
COMMENT ON COLUMN wardcast.current_run.run_id IS 'number of the run';
COMMENT ON COLUMN wardcast.current_run.slot IS 'the time it was scheduled for';
COMMENT ON COLUMN wardcast.current_run.slot_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.current_run.as_of IS 'facts recorded up to here were known to it';
COMMENT ON COLUMN wardcast.current_run.as_of_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.current_run.data_watermark IS 'newest recorded_at among its facts';
COMMENT ON COLUMN wardcast.current_run.published_at IS 'when it was written';
COMMENT ON COLUMN wardcast.current_run.published_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.current_run.summary IS 'one line for people';
COMMENT ON COLUMN wardcast.current_run.program_version IS 'version of the program that made it';
COMMENT ON COLUMN wardcast.current_run.model_hash IS 'SHA-256 of the networks'' weights, or none';
COMMENT ON COLUMN wardcast.current_run.config_hash IS 'SHA-256 of the settings that shape its rows';
COMMENT ON COLUMN wardcast.current_run.seed IS 'seed of its random paths';
COMMENT ON COLUMN wardcast.current_run.digest IS 'SHA-256 of all its rows';
COMMENT ON COLUMN wardcast.current_run.forecasts IS 'rows it has in forecast';
COMMENT ON COLUMN wardcast.current_run.recommendations IS 'rows it has in the recommendation tables';
COMMENT ON COLUMN wardcast.current_run.scores IS 'rows it has in score';
COMMENT ON COLUMN wardcast.current_run.schema_version IS 'version of the schema in force; columns are only ever added';

CREATE VIEW wardcast.current_forecast AS
SELECT r.group_id, a.facility_id, f.unit_id, f.measure, f.grain, f.target_at, f.target_at AT TIME ZONE r.timezone AS target_local,
       f.step, f.mean, f.q025, f.q05, f.q10, f.q20, f.q30, f.q40, f.q50, f.q60, f.q70, f.q80, f.q90, f.q95, f.q975,
       CASE WHEN now() > f.valid_until AND f.status <> 'withheld' THEN 'stale' ELSE f.status::text END AS status,
       CASE WHEN now() > f.valid_until AND f.status <> 'withheld' THEN concat_ws('; ', f.reason, 'not valid any more since valid_until') ELSE f.reason END AS reason,
       f.data_as_of, f.valid_until, f.valid_until AT TIME ZONE r.timezone AS valid_until_local, f.run_id
FROM wardcast.current_run r
JOIN wardcast.facility a ON a.group_id = r.group_id
CROSS JOIN LATERAL (SELECT * FROM wardcast.forecast n
                    WHERE n.facility_id = a.facility_id AND n.run_id = r.run_id AND n.slot = r.slot AND n.member = 'wardcast' OFFSET 0) f;
COMMENT ON VIEW wardcast.current_forecast IS 'the released forecasts of the newest run';
COMMENT ON COLUMN wardcast.current_forecast.group_id IS 'the group';
COMMENT ON COLUMN wardcast.current_forecast.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.current_forecast.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.current_forecast.measure IS 'what is forecast: census, arrivals, admissions, ...';
COMMENT ON COLUMN wardcast.current_forecast.grain IS 'hour, day, week or month';
COMMENT ON COLUMN wardcast.current_forecast.target_at IS 'the instant the forecast step begins';
COMMENT ON COLUMN wardcast.current_forecast.target_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.current_forecast.step IS 'steps ahead, 1 = the first';
COMMENT ON COLUMN wardcast.current_forecast.mean IS 'expected value; NULL when withheld, as are the quantiles';
COMMENT ON COLUMN wardcast.current_forecast.q025 IS '2.5 % quantile';
COMMENT ON COLUMN wardcast.current_forecast.q05 IS '5 % quantile';
COMMENT ON COLUMN wardcast.current_forecast.q10 IS '10 % quantile';
COMMENT ON COLUMN wardcast.current_forecast.q20 IS '20 % quantile';
COMMENT ON COLUMN wardcast.current_forecast.q30 IS '30 % quantile';
COMMENT ON COLUMN wardcast.current_forecast.q40 IS '40 % quantile';
COMMENT ON COLUMN wardcast.current_forecast.q50 IS 'median';
COMMENT ON COLUMN wardcast.current_forecast.q60 IS '60 % quantile';
COMMENT ON COLUMN wardcast.current_forecast.q70 IS '70 % quantile';
COMMENT ON COLUMN wardcast.current_forecast.q80 IS '80 % quantile';
COMMENT ON COLUMN wardcast.current_forecast.q90 IS '90 % quantile';
COMMENT ON COLUMN wardcast.current_forecast.q95 IS '95 % quantile';
COMMENT ON COLUMN wardcast.current_forecast.q975 IS '97.5 % quantile';
COMMENT ON COLUMN wardcast.current_forecast.status IS 'ok, stale, degraded, fallback or withheld; stale also when valid_until has passed';
COMMENT ON COLUMN wardcast.current_forecast.reason IS 'why it is not ok';
COMMENT ON COLUMN wardcast.current_forecast.data_as_of IS 'newest fact behind it';
COMMENT ON COLUMN wardcast.current_forecast.valid_until IS 'stale after this';
COMMENT ON COLUMN wardcast.current_forecast.valid_until_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.current_forecast.run_id IS 'the run it belongs to';

CREATE VIEW wardcast.current_staffing AS
SELECT r.group_id, a.facility_id, s.unit_id, s.role, s.shift, s.shift_starts_at, s.shift_starts_at AT TIME ZONE r.timezone AS shift_starts_local,
       s.shift_ends_at, s.shift_ends_at AT TIME ZONE r.timezone AS shift_ends_local, s.required, s.p50, s.p90, s.floor, s.scheduled, s.gap,
       s.fractile, s.census_p50, s.census_p90,
       CASE WHEN now() > s.valid_until AND s.status <> 'withheld' THEN 'stale' ELSE s.status::text END AS status,
       CASE WHEN now() > s.valid_until AND s.status <> 'withheld' THEN concat_ws('; ', s.reason, 'not valid any more since valid_until') ELSE s.reason END AS reason,
       s.trace, s.data_as_of, s.valid_until, s.valid_until AT TIME ZONE r.timezone AS valid_until_local, s.run_id
FROM wardcast.current_run r
JOIN wardcast.facility a ON a.group_id = r.group_id
CROSS JOIN LATERAL (SELECT * FROM wardcast.staffing_recommendation n
                    WHERE n.facility_id = a.facility_id AND n.run_id = r.run_id OFFSET 0) s;
COMMENT ON VIEW wardcast.current_staffing IS 'staff needed per unit, role and shift, from the newest run';
COMMENT ON COLUMN wardcast.current_staffing.group_id IS 'the group';
COMMENT ON COLUMN wardcast.current_staffing.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.current_staffing.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.current_staffing.role IS 'the staff''s role, such as RN';
COMMENT ON COLUMN wardcast.current_staffing.shift IS 'name of the shift';
COMMENT ON COLUMN wardcast.current_staffing.shift_starts_at IS 'when the shift begins';
COMMENT ON COLUMN wardcast.current_staffing.shift_starts_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.current_staffing.shift_ends_at IS 'when the shift ends';
COMMENT ON COLUMN wardcast.current_staffing.shift_ends_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.current_staffing.required IS 'staff needed at the critical fractile, never below the floor; NULL when withheld';
COMMENT ON COLUMN wardcast.current_staffing.p50 IS 'staff needed at the median of the shift''s worst hour';
COMMENT ON COLUMN wardcast.current_staffing.p90 IS 'staff needed at the 90th percentile of the shift''s worst hour';
COMMENT ON COLUMN wardcast.current_staffing.floor IS 'never fewer than this; to be used when the row is withheld';
COMMENT ON COLUMN wardcast.current_staffing.scheduled IS 'staff on the roster; NULL when the roster says nothing';
COMMENT ON COLUMN wardcast.current_staffing.gap IS 'required minus scheduled; positive is too few';
COMMENT ON COLUMN wardcast.current_staffing.fractile IS 'cost of one too few over the sum of the costs of one too few and one too many';
COMMENT ON COLUMN wardcast.current_staffing.census_p50 IS 'median of the patients in the shift''s worst hour';
COMMENT ON COLUMN wardcast.current_staffing.census_p90 IS '90th percentile of the patients in the shift''s worst hour';
COMMENT ON COLUMN wardcast.current_staffing.status IS 'ok, stale, degraded, fallback or withheld; stale also when valid_until has passed';
COMMENT ON COLUMN wardcast.current_staffing.reason IS 'why it is not ok';
COMMENT ON COLUMN wardcast.current_staffing.trace IS 'the sum that led to it, in one line';
COMMENT ON COLUMN wardcast.current_staffing.data_as_of IS 'newest fact behind it';
COMMENT ON COLUMN wardcast.current_staffing.valid_until IS 'stale after this';
COMMENT ON COLUMN wardcast.current_staffing.valid_until_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.current_staffing.run_id IS 'the run it belongs to';

CREATE VIEW wardcast.current_beds AS
SELECT r.group_id, a.facility_id, b.unit_id, b.horizon, b.target_at, b.target_at AT TIME ZONE r.timezone AS target_local, b.available,
       b.census_p10, b.census_p50, b.census_p90, b.net_p50, b.net_p10, b.p_over, b.overflow,
       CASE WHEN now() > b.valid_until AND b.status <> 'withheld' THEN 'stale' ELSE b.status::text END AS status,
       CASE WHEN now() > b.valid_until AND b.status <> 'withheld' THEN concat_ws('; ', b.reason, 'not valid any more since valid_until') ELSE b.reason END AS reason,
       b.trace, b.data_as_of, b.valid_until, b.valid_until AT TIME ZONE r.timezone AS valid_until_local, b.run_id
FROM wardcast.current_run r
JOIN wardcast.facility a ON a.group_id = r.group_id
CROSS JOIN LATERAL (SELECT * FROM wardcast.bed_recommendation n
                    WHERE n.facility_id = a.facility_id AND n.run_id = r.run_id OFFSET 0) b;
COMMENT ON VIEW wardcast.current_beds IS 'net bed position per unit and horizon, from the newest run';
COMMENT ON COLUMN wardcast.current_beds.group_id IS 'the group';
COMMENT ON COLUMN wardcast.current_beds.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.current_beds.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.current_beds.horizon IS '4h, 12h, 24h or tomorrow 08:00';
COMMENT ON COLUMN wardcast.current_beds.target_at IS 'the instant it speaks of';
COMMENT ON COLUMN wardcast.current_beds.target_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.current_beds.available IS 'staffed minus blocked minus reserved beds; NULL when unknown';
COMMENT ON COLUMN wardcast.current_beds.census_p10 IS '10th percentile of the patients';
COMMENT ON COLUMN wardcast.current_beds.census_p50 IS 'median of the patients';
COMMENT ON COLUMN wardcast.current_beds.census_p90 IS '90th percentile of the patients';
COMMENT ON COLUMN wardcast.current_beds.net_p50 IS 'available beds minus patients, at the median; negative is too few beds';
COMMENT ON COLUMN wardcast.current_beds.net_p10 IS 'net position that holds with 90 % assurance';
COMMENT ON COLUMN wardcast.current_beds.p_over IS 'chance of more patients than available beds';
COMMENT ON COLUMN wardcast.current_beds.overflow IS 'expected patients beyond the available beds';
COMMENT ON COLUMN wardcast.current_beds.status IS 'ok, stale, degraded, fallback or withheld; stale also when valid_until has passed';
COMMENT ON COLUMN wardcast.current_beds.reason IS 'why it is not ok';
COMMENT ON COLUMN wardcast.current_beds.trace IS 'the sum that led to it, in one line';
COMMENT ON COLUMN wardcast.current_beds.data_as_of IS 'newest fact behind it';
COMMENT ON COLUMN wardcast.current_beds.valid_until IS 'stale after this';
COMMENT ON COLUMN wardcast.current_beds.valid_until_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.current_beds.run_id IS 'the run it belongs to';

CREATE VIEW wardcast.current_moves AS
SELECT r.group_id, a.facility_id, m.rank, m.action, m.from_unit, m.to_unit, m.beds, m.target_at,
       m.target_at AT TIME ZONE r.timezone AS target_local, m.cost,
       CASE WHEN now() > m.valid_until AND m.status <> 'withheld' THEN 'stale' ELSE m.status::text END AS status,
       m.trace, m.data_as_of, m.valid_until, m.valid_until AT TIME ZONE r.timezone AS valid_until_local, m.run_id
FROM wardcast.current_run r
JOIN wardcast.facility a ON a.group_id = r.group_id
CROSS JOIN LATERAL (SELECT * FROM wardcast.move_recommendation n
                    WHERE n.facility_id = a.facility_id AND n.run_id = r.run_id OFFSET 0) m;
COMMENT ON VIEW wardcast.current_moves IS 'which beds to open and where to send patients, from the newest run';
COMMENT ON COLUMN wardcast.current_moves.group_id IS 'the group';
COMMENT ON COLUMN wardcast.current_moves.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.current_moves.rank IS 'place in the list, 1 = first';
COMMENT ON COLUMN wardcast.current_moves.action IS 'send patients, open escalation beds, or nowhere: no bed is left';
COMMENT ON COLUMN wardcast.current_moves.from_unit IS 'unit with too many patients';
COMMENT ON COLUMN wardcast.current_moves.to_unit IS 'unit that takes them; NULL unless patients are sent';
COMMENT ON COLUMN wardcast.current_moves.beds IS 'how many';
COMMENT ON COLUMN wardcast.current_moves.target_at IS 'by when';
COMMENT ON COLUMN wardcast.current_moves.target_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.current_moves.cost IS 'penalty per bed used in the optimum';
COMMENT ON COLUMN wardcast.current_moves.status IS 'ok, stale, degraded, fallback or withheld; stale also when valid_until has passed';
COMMENT ON COLUMN wardcast.current_moves.trace IS 'the sum that led to it, in one line';
COMMENT ON COLUMN wardcast.current_moves.data_as_of IS 'newest fact behind it';
COMMENT ON COLUMN wardcast.current_moves.valid_until IS 'stale after this';
COMMENT ON COLUMN wardcast.current_moves.valid_until_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.current_moves.run_id IS 'the run it belongs to';

CREATE VIEW wardcast.source_freshness AS
SELECT w.group_id, w.source, w.feed, w.pulled_at, w.pulled_at AT TIME ZONE g.timezone AS pulled_local, w.watermark,
       w.watermark AT TIME ZONE g.timezone AS watermark_local, now() - w.watermark AS age, w.stored, w.quarantined, w.failures,
       w.failed_at, w.message
FROM wardcast.watermark w
JOIN wardcast.facility_group g ON g.group_id = w.group_id;
COMMENT ON VIEW wardcast.source_freshness IS 'how old the newest fact of each feed of each source is';
COMMENT ON COLUMN wardcast.source_freshness.group_id IS 'the group the source feeds';
COMMENT ON COLUMN wardcast.source_freshness.source IS 'the source';
COMMENT ON COLUMN wardcast.source_freshness.feed IS 'the feed';
COMMENT ON COLUMN wardcast.source_freshness.pulled_at IS 'when the last good pull was';
COMMENT ON COLUMN wardcast.source_freshness.pulled_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.source_freshness.watermark IS 'newest recorded_at pulled';
COMMENT ON COLUMN wardcast.source_freshness.watermark_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.source_freshness.age IS 'time since then';
COMMENT ON COLUMN wardcast.source_freshness.stored IS 'rows stored so far';
COMMENT ON COLUMN wardcast.source_freshness.quarantined IS 'rows set apart so far';
COMMENT ON COLUMN wardcast.source_freshness.failures IS 'failed pulls since the last good one';
COMMENT ON COLUMN wardcast.source_freshness.failed_at IS 'when the last failed pull was';
COMMENT ON COLUMN wardcast.source_freshness.message IS 'why the last pull failed; NULL when it was good';

CREATE VIEW wardcast.scorecard AS
SELECT r.group_id, a.facility_id, s.unit_id, s.measure, s.grain, s.from_at, s.until_at, s.until_at AT TIME ZONE r.timezone AS until_local, s.n,
       s.mae, s.naive_mae, 1 - s.mae / NULLIF(s.naive_mae, 0) AS skill, s.pinball, s.coverage80, s.bias, s.run_id
FROM wardcast.current_run r
JOIN wardcast.facility a ON a.group_id = r.group_id
CROSS JOIN LATERAL (SELECT * FROM wardcast.score n
                    WHERE n.facility_id = a.facility_id AND n.run_id = r.run_id OFFSET 0) s;
COMMENT ON VIEW wardcast.scorecard IS 'how earlier forecasts did, as the newest run tells it';
COMMENT ON COLUMN wardcast.scorecard.group_id IS 'the group';
COMMENT ON COLUMN wardcast.scorecard.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.scorecard.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.scorecard.measure IS 'what was forecast';
COMMENT ON COLUMN wardcast.scorecard.grain IS 'hour, day, week or month';
COMMENT ON COLUMN wardcast.scorecard.from_at IS 'first target scored';
COMMENT ON COLUMN wardcast.scorecard.until_at IS 'last target scored';
COMMENT ON COLUMN wardcast.scorecard.until_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.scorecard.n IS 'targets scored';
COMMENT ON COLUMN wardcast.scorecard.mae IS 'mean absolute error of the median; NULL when unknown, as are the others';
COMMENT ON COLUMN wardcast.scorecard.naive_mae IS 'the same of the seasonal naive forecast';
COMMENT ON COLUMN wardcast.scorecard.skill IS '1 - mae / naive_mae: 0 is no better than naive, 1 is perfect';
COMMENT ON COLUMN wardcast.scorecard.pinball IS 'mean pinball loss over the quantiles';
COMMENT ON COLUMN wardcast.scorecard.coverage80 IS 'share of targets inside the 80 % interval; 0.8 is right';
COMMENT ON COLUMN wardcast.scorecard.bias IS 'mean of forecast minus actual';
COMMENT ON COLUMN wardcast.scorecard.run_id IS 'the run that told it';

GRANT SELECT ON wardcast.current_run, wardcast.current_forecast, wardcast.current_staffing, wardcast.current_beds, wardcast.current_moves,
    wardcast.source_freshness, wardcast.scorecard TO wardcast_reader, wardcast_writer;
