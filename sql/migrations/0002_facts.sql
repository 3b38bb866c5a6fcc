-- What the hospital says: one table per feed, append-only.  A correction is a newer row of the same key.
SET LOCAL ROLE wardcast_owner;

CREATE TABLE wardcast.unit (
    facility_id wardcast.identifier NOT NULL,
    unit_id wardcast.identifier NOT NULL,
    name text NOT NULL,
    kind wardcast.identifier NOT NULL,
    physical_beds wardcast.count,
    staffed_beds wardcast.count,
    recorded_at wardcast.instant NOT NULL,
    source wardcast.identifier NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    PRIMARY KEY (facility_id, unit_id, recorded_at)
);
CREATE INDEX unit_by_source ON wardcast.unit (source, recorded_at);
COMMENT ON TABLE wardcast.unit IS 'wards and departments';
COMMENT ON COLUMN wardcast.unit.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.unit.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.unit.name IS 'the unit''s name as people know it';
COMMENT ON COLUMN wardcast.unit.kind IS 'kind of unit; the plan''s rules are given per kind';
COMMENT ON COLUMN wardcast.unit.physical_beds IS 'beds that stand in the unit';
COMMENT ON COLUMN wardcast.unit.staffed_beds IS 'beds that are normally staffed';
COMMENT ON COLUMN wardcast.unit.recorded_at IS 'when the source recorded this row';
COMMENT ON COLUMN wardcast.unit.source IS 'the source it was pulled from';
COMMENT ON COLUMN wardcast.unit.stored_at IS 'when it was stored here';

CREATE TABLE wardcast.observation (
    facility_id wardcast.identifier NOT NULL,
    unit_id wardcast.identifier NOT NULL,
    measure wardcast.identifier NOT NULL,
    grain wardcast.grain NOT NULL,
    starts_at timestamptz NOT NULL,
    value wardcast.count NOT NULL,
    recorded_at wardcast.instant NOT NULL,
    source wardcast.identifier NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    CONSTRAINT observation_starts_in_1970_to_2199 CHECK (starts_at >= '1970-01-01 00:00+00' AND starts_at < '2200-01-01 00:00+00'),
    PRIMARY KEY (facility_id, unit_id, measure, grain, starts_at, recorded_at)
) PARTITION BY RANGE (starts_at);
CREATE TABLE wardcast.observation_default PARTITION OF wardcast.observation DEFAULT;
CREATE INDEX observation_by_source ON wardcast.observation (source, recorded_at);
INSERT INTO wardcast.partition_span VALUES ('observation', 'year', 'starts_at');
COMMENT ON TABLE wardcast.observation_default IS 'rows of observation whose own partition is not made yet';
COMMENT ON TABLE wardcast.observation IS 'measured counts at a grain, partitioned by year';
COMMENT ON COLUMN wardcast.observation.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.observation.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.observation.measure IS 'what is counted: census, arrivals, admissions, discharges, staffed_beds, ...';
COMMENT ON COLUMN wardcast.observation.grain IS 'hour, day, week or month';
COMMENT ON COLUMN wardcast.observation.starts_at IS 'the instant the step begins';
COMMENT ON COLUMN wardcast.observation.value IS 'the count';
COMMENT ON COLUMN wardcast.observation.recorded_at IS 'when the source recorded this row';
COMMENT ON COLUMN wardcast.observation.source IS 'the source it was pulled from';
COMMENT ON COLUMN wardcast.observation.stored_at IS 'when it was stored here';

CREATE TABLE wardcast.stay_event (
    facility_id wardcast.identifier NOT NULL,
    unit_id wardcast.identifier NOT NULL,
    stay wardcast.identifier NOT NULL,
    event text COLLATE "C" NOT NULL CONSTRAINT event_is_known CHECK (event IN ('enter', 'leave', 'cancel_enter', 'cancel_leave')),
    effective_at wardcast.instant NOT NULL,
    recorded_at wardcast.instant NOT NULL,
    source wardcast.identifier NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    PRIMARY KEY (facility_id, unit_id, stay, event, effective_at, recorded_at)
);
CREATE INDEX stay_event_by_source ON wardcast.stay_event (source, recorded_at);
COMMENT ON TABLE wardcast.stay_event IS 'a patient enters or leaves a unit; cancellations are events of their own';
COMMENT ON COLUMN wardcast.stay_event.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.stay_event.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.stay_event.stay IS 'keyed hash of the stay''s id; the id itself is never stored';
COMMENT ON COLUMN wardcast.stay_event.event IS 'enter, leave, cancel_enter or cancel_leave';
COMMENT ON COLUMN wardcast.stay_event.effective_at IS 'when it happened';
COMMENT ON COLUMN wardcast.stay_event.recorded_at IS 'when the source recorded this row';
COMMENT ON COLUMN wardcast.stay_event.source IS 'the source it was pulled from';
COMMENT ON COLUMN wardcast.stay_event.stored_at IS 'when it was stored here';

CREATE TABLE wardcast.roster (
    facility_id wardcast.identifier NOT NULL,
    unit_id wardcast.identifier NOT NULL,
    role wardcast.identifier NOT NULL,
    shift_starts_at wardcast.instant NOT NULL,
    shift_ends_at wardcast.instant NOT NULL,
    scheduled wardcast.count NOT NULL,
    recorded_at wardcast.instant NOT NULL,
    source wardcast.identifier NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    PRIMARY KEY (facility_id, unit_id, role, shift_starts_at, recorded_at)
);
CREATE INDEX roster_by_source ON wardcast.roster (source, recorded_at);
COMMENT ON TABLE wardcast.roster IS 'staff scheduled for a shift';
COMMENT ON COLUMN wardcast.roster.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.roster.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.roster.role IS 'the staff''s role, such as RN';
COMMENT ON COLUMN wardcast.roster.shift_starts_at IS 'when the shift begins';
COMMENT ON COLUMN wardcast.roster.shift_ends_at IS 'when the shift ends';
COMMENT ON COLUMN wardcast.roster.scheduled IS 'staff scheduled';
COMMENT ON COLUMN wardcast.roster.recorded_at IS 'when the source recorded this row';
COMMENT ON COLUMN wardcast.roster.source IS 'the source it was pulled from';
COMMENT ON COLUMN wardcast.roster.stored_at IS 'when it was stored here';

CREATE TABLE wardcast.bed_state (
    facility_id wardcast.identifier NOT NULL,
    unit_id wardcast.identifier NOT NULL,
    effective_at wardcast.instant NOT NULL,
    staffed wardcast.count NOT NULL,
    blocked wardcast.count,
    reserved wardcast.count,
    recorded_at wardcast.instant NOT NULL,
    source wardcast.identifier NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    PRIMARY KEY (facility_id, unit_id, effective_at, recorded_at)
);
CREATE INDEX bed_state_by_source ON wardcast.bed_state (source, recorded_at);
COMMENT ON TABLE wardcast.bed_state IS 'staffed, blocked and reserved beds from an instant on';
COMMENT ON COLUMN wardcast.bed_state.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.bed_state.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.bed_state.effective_at IS 'from when on these numbers hold';
COMMENT ON COLUMN wardcast.bed_state.staffed IS 'staffed beds';
COMMENT ON COLUMN wardcast.bed_state.blocked IS 'of these, blocked (infection, repair)';
COMMENT ON COLUMN wardcast.bed_state.reserved IS 'of these, reserved';
COMMENT ON COLUMN wardcast.bed_state.recorded_at IS 'when the source recorded this row';
COMMENT ON COLUMN wardcast.bed_state.source IS 'the source it was pulled from';
COMMENT ON COLUMN wardcast.bed_state.stored_at IS 'when it was stored here';

CREATE TABLE wardcast.elective (
    facility_id wardcast.identifier NOT NULL,
    unit_id wardcast.identifier NOT NULL,
    starts_at wardcast.instant NOT NULL,
    planned wardcast.count NOT NULL,
    recorded_at wardcast.instant NOT NULL,
    source wardcast.identifier NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    PRIMARY KEY (facility_id, unit_id, starts_at, recorded_at)
);
CREATE INDEX elective_by_source ON wardcast.elective (source, recorded_at);
COMMENT ON TABLE wardcast.elective IS 'planned admissions of a day';
COMMENT ON COLUMN wardcast.elective.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.elective.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.elective.starts_at IS 'start of the day of the planned admissions';
COMMENT ON COLUMN wardcast.elective.planned IS 'planned admissions';
COMMENT ON COLUMN wardcast.elective.recorded_at IS 'when the source recorded this row';
COMMENT ON COLUMN wardcast.elective.source IS 'the source it was pulled from';
COMMENT ON COLUMN wardcast.elective.stored_at IS 'when it was stored here';

CREATE TABLE wardcast.marked_event (
    facility_id wardcast.identifier NOT NULL,
    kind wardcast.identifier NOT NULL,
    starts_at wardcast.instant NOT NULL,
    ends_at wardcast.instant NOT NULL,
    note text,
    recorded_at wardcast.instant NOT NULL,
    source wardcast.identifier NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    PRIMARY KEY (facility_id, kind, starts_at, recorded_at)
);
CREATE INDEX marked_event_by_source ON wardcast.marked_event (source, recorded_at);
COMMENT ON TABLE wardcast.marked_event IS 'strikes, downtimes, epidemics, gatherings: what explains an odd day';
COMMENT ON COLUMN wardcast.marked_event.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.marked_event.kind IS 'strike, downtime, epidemic, gathering, ...';
COMMENT ON COLUMN wardcast.marked_event.starts_at IS 'when it begins';
COMMENT ON COLUMN wardcast.marked_event.ends_at IS 'when it ends';
COMMENT ON COLUMN wardcast.marked_event.note IS 'a sentence';
COMMENT ON COLUMN wardcast.marked_event.recorded_at IS 'when the source recorded this row';
COMMENT ON COLUMN wardcast.marked_event.source IS 'the source it was pulled from';
COMMENT ON COLUMN wardcast.marked_event.stored_at IS 'when it was stored here';

CREATE TABLE wardcast.quarantine (
    group_id wardcast.identifier NOT NULL,
    source wardcast.identifier NOT NULL,
    feed wardcast.identifier NOT NULL,
    row_digest wardcast.sha256 NOT NULL,
    reason text NOT NULL,
    cells jsonb NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    PRIMARY KEY (group_id, source, feed, row_digest)
);
COMMENT ON TABLE wardcast.quarantine IS 'rows set apart because they cannot be true or contradict a row already stored';
COMMENT ON COLUMN wardcast.quarantine.group_id IS 'the group the source feeds';
COMMENT ON COLUMN wardcast.quarantine.source IS 'the source it was pulled from';
COMMENT ON COLUMN wardcast.quarantine.feed IS 'the feed it came in';
COMMENT ON COLUMN wardcast.quarantine.row_digest IS 'SHA-256 of reason and cells, so that a row pulled twice is kept once';
COMMENT ON COLUMN wardcast.quarantine.reason IS 'what is wrong: column, value seen, value wanted';
COMMENT ON COLUMN wardcast.quarantine.cells IS 'the row, each cell as text';
COMMENT ON COLUMN wardcast.quarantine.seen_at IS 'when it was first seen';

CREATE TABLE wardcast.watermark (
    group_id wardcast.identifier NOT NULL REFERENCES wardcast.facility_group,
    source wardcast.identifier NOT NULL,
    feed wardcast.identifier NOT NULL,
    watermark wardcast.instant,
    pulled_at wardcast.instant,
    stored bigint NOT NULL DEFAULT 0 CHECK (stored >= 0),
    quarantined bigint NOT NULL DEFAULT 0 CHECK (quarantined >= 0),
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    failed_at wardcast.instant,
    message text,
    PRIMARY KEY (source, feed)
);
CREATE INDEX watermark_by_group ON wardcast.watermark (group_id, source, feed);
COMMENT ON TABLE wardcast.watermark IS 'how far each feed of each source has been pulled';
COMMENT ON COLUMN wardcast.watermark.group_id IS 'the group the source feeds';
COMMENT ON COLUMN wardcast.watermark.source IS 'the source';
COMMENT ON COLUMN wardcast.watermark.feed IS 'the feed';
COMMENT ON COLUMN wardcast.watermark.watermark IS 'newest recorded_at pulled; the next pull begins there';
COMMENT ON COLUMN wardcast.watermark.pulled_at IS 'when the last good pull was';
COMMENT ON COLUMN wardcast.watermark.stored IS 'rows stored so far';
COMMENT ON COLUMN wardcast.watermark.quarantined IS 'rows set apart so far';
COMMENT ON COLUMN wardcast.watermark.failures IS 'failed pulls since the last good one';
COMMENT ON COLUMN wardcast.watermark.failed_at IS 'when the last failed pull was';
COMMENT ON COLUMN wardcast.watermark.message IS 'why the last pull failed; NULL when it was good';

GRANT SELECT, INSERT ON wardcast.unit, wardcast.observation, wardcast.stay_event, wardcast.roster, wardcast.bed_state,
    wardcast.elective, wardcast.marked_event, wardcast.quarantine TO wardcast_writer;
GRANT SELECT, INSERT, UPDATE ON wardcast.watermark TO wardcast_writer;
