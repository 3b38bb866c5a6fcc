-- The own tables of a general hospital, as `wardcast simulate` fills them: a SIMULATED hospital.
CREATE TABLE wards (
    ward text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL,
    physical_beds integer NOT NULL,
    staffed_beds integer NOT NULL,
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE wards IS 'the wards (simulated hospital)';
COMMENT ON COLUMN wards.ward IS 'short name';
COMMENT ON COLUMN wards.name IS 'name';
COMMENT ON COLUMN wards.kind IS 'kind of ward';
COMMENT ON COLUMN wards.physical_beds IS 'beds that stand there';
COMMENT ON COLUMN wards.staffed_beds IS 'beds normally staffed';
COMMENT ON COLUMN wards.recorded_at IS 'when it was written down';

-- A journal: a line when somebody comes into a ward or leaves it, another when a line was wrong.
CREATE TABLE bed_moves (
    stay_id bigint NOT NULL,
    ward text NOT NULL,
    in_time timestamptz,
    out_time timestamptz,
    cancelled boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    CHECK (num_nonnulls(in_time, out_time) = 1)
);
CREATE INDEX bed_moves_by_recording ON bed_moves (recorded_at);
COMMENT ON TABLE bed_moves IS 'moves between wards (simulated patients)';
COMMENT ON COLUMN bed_moves.stay_id IS 'the stay';
COMMENT ON COLUMN bed_moves.ward IS 'the ward entered or left';
COMMENT ON COLUMN bed_moves.in_time IS 'when it was entered; NULL in a line about leaving';
COMMENT ON COLUMN bed_moves.out_time IS 'when it was left; NULL in a line about entering';
COMMENT ON COLUMN bed_moves.cancelled IS 'takes back an earlier line with the same times';
COMMENT ON COLUMN bed_moves.recorded_at IS 'when it was written down';

CREATE TABLE nurse_roster (
    ward text NOT NULL,
    role text NOT NULL,
    shift_start timestamptz NOT NULL,
    shift_end timestamptz NOT NULL,
    nurses integer NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX nurse_roster_by_recording ON nurse_roster (recorded_at);
COMMENT ON TABLE nurse_roster IS 'nurses per shift (simulated); a later line about a shift replaces an earlier one';
COMMENT ON COLUMN nurse_roster.ward IS 'the ward';
COMMENT ON COLUMN nurse_roster.role IS 'RN, registered nurse';
COMMENT ON COLUMN nurse_roster.shift_start IS 'beginning of the shift';
COMMENT ON COLUMN nurse_roster.shift_end IS 'its end';
COMMENT ON COLUMN nurse_roster.nurses IS 'nurses on that shift';
COMMENT ON COLUMN nurse_roster.recorded_at IS 'when it was written down';

CREATE TABLE ward_beds (
    ward text NOT NULL,
    from_time timestamptz NOT NULL,
    staffed integer NOT NULL,
    blocked integer NOT NULL,
    reserved integer NOT NULL,
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE ward_beds IS 'beds of a ward from a time on (simulated)';
COMMENT ON COLUMN ward_beds.ward IS 'the ward';
COMMENT ON COLUMN ward_beds.from_time IS 'from when on';
COMMENT ON COLUMN ward_beds.staffed IS 'staffed beds';
COMMENT ON COLUMN ward_beds.blocked IS 'of these, blocked';
COMMENT ON COLUMN ward_beds.reserved IS 'of these, kept for somebody';
COMMENT ON COLUMN ward_beds.recorded_at IS 'when it was written down';

CREATE TABLE theatre_list (
    ward text NOT NULL,
    day date NOT NULL,
    planned integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (ward, day)
);
COMMENT ON TABLE theatre_list IS 'patients on the day''s theatre list, by the ward they go to (simulated)';
COMMENT ON COLUMN theatre_list.ward IS 'the ward';
COMMENT ON COLUMN theatre_list.day IS 'the day, local';
COMMENT ON COLUMN theatre_list.planned IS 'patients planned';
COMMENT ON COLUMN theatre_list.recorded_at IS 'when it was written down';
