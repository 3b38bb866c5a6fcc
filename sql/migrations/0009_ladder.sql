-- What was done about forecasts that no longer fit, when and why.
SET LOCAL ROLE wardcast_owner;

CREATE TABLE wardcast.drift_step (
    facility_id wardcast.identifier NOT NULL,
    unit_id wardcast.identifier NOT NULL,
    measure wardcast.identifier NOT NULL,
    grain wardcast.grain NOT NULL,
    step text NOT NULL CONSTRAINT step_is_one_of_the_ladder CHECK (step IN ('recalibrate', 'refit', 'tune', 'retrain')),
    cause text NOT NULL CONSTRAINT cause_is_one_that_is_watched CHECK (cause IN ('level', 'loss', 'coverage', 'shape', 'input')),
    since_at wardcast.instant NOT NULL,
    reason text NOT NULL,
    done text NOT NULL,
    run_id bigint NOT NULL REFERENCES wardcast.run (run_id),
    PRIMARY KEY (facility_id, run_id, unit_id, measure, grain, step)
);
COMMENT ON TABLE wardcast.drift_step IS 'steps that were taken because forecasts of a series no longer fit, each by the run that took it';
COMMENT ON COLUMN wardcast.drift_step.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.drift_step.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.drift_step.measure IS 'what is forecast';
COMMENT ON COLUMN wardcast.drift_step.grain IS 'hour, day, week or month';
COMMENT ON COLUMN wardcast.drift_step.step IS 'recalibrate: ranges measured anew; refit: members weighed anew; tune and retrain: a training asked for';
COMMENT ON COLUMN wardcast.drift_step.cause IS 'what changed: level, loss (errors), coverage (of the 80 % range), shape (of what comes) or input (what the models read)';
COMMENT ON COLUMN wardcast.drift_step.since_at IS 'about when the change began';
COMMENT ON COLUMN wardcast.drift_step.reason IS 'the alarm in words';
COMMENT ON COLUMN wardcast.drift_step.done IS 'what was done, in words';
COMMENT ON COLUMN wardcast.drift_step.run_id IS 'the run that took the step, and the first one forecast with it';

CREATE VIEW wardcast.drift_log AS
SELECT f.group_id, r.slot, r.slot AT TIME ZONE g.timezone AS slot_local, s.facility_id, s.unit_id, s.measure, s.grain, s.step, s.cause, s.since_at,
       s.since_at AT TIME ZONE g.timezone AS since_local, s.reason, s.done, s.run_id
FROM wardcast.drift_step s
JOIN wardcast.facility f ON f.facility_id = s.facility_id
JOIN wardcast.facility_group g ON g.group_id = f.group_id
JOIN wardcast.run r ON r.run_id = s.run_id;
COMMENT ON VIEW wardcast.drift_log IS 'what was done about forecasts that no longer fit, when and why';
COMMENT ON COLUMN wardcast.drift_log.group_id IS 'the group';
COMMENT ON COLUMN wardcast.drift_log.slot IS 'the slot of the run that took the step';
COMMENT ON COLUMN wardcast.drift_log.slot_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.drift_log.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.drift_log.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.drift_log.measure IS 'what is forecast';
COMMENT ON COLUMN wardcast.drift_log.grain IS 'hour, day, week or month';
COMMENT ON COLUMN wardcast.drift_log.step IS 'recalibrate: ranges measured anew; refit: members weighed anew; tune and retrain: a training asked for';
COMMENT ON COLUMN wardcast.drift_log.cause IS 'what changed: level, loss (errors), coverage (of the 80 % range), shape (of what comes) or input (what the models read)';
COMMENT ON COLUMN wardcast.drift_log.since_at IS 'about when the change began';
COMMENT ON COLUMN wardcast.drift_log.since_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.drift_log.reason IS 'the alarm in words';
COMMENT ON COLUMN wardcast.drift_log.done IS 'what was done, in words';
COMMENT ON COLUMN wardcast.drift_log.run_id IS 'the run that took the step, and the first one forecast with it';

GRANT SELECT, INSERT ON wardcast.drift_step TO wardcast_writer;
GRANT SELECT ON wardcast.drift_log TO wardcast_reader, wardcast_writer;
