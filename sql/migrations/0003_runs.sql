-- What Wardcast says: leases, the ledger of runs, and the rows of each run.
SET LOCAL ROLE wardcast_owner;

CREATE TABLE wardcast.lease (
    group_id wardcast.identifier PRIMARY KEY,
    holder wardcast.identifier NOT NULL,
    session wardcast.identifier NOT NULL,
    token bigint NOT NULL CHECK (token > 0),
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE wardcast.lease IS 'which daemon works for which group, by this database''s clock';
COMMENT ON COLUMN wardcast.lease.group_id IS 'the group';
COMMENT ON COLUMN wardcast.lease.holder IS 'name of the daemon that has it';
COMMENT ON COLUMN wardcast.lease.session IS 'the very process of that name';
COMMENT ON COLUMN wardcast.lease.token IS 'rises with every new holder; a publication with an older token is refused';
COMMENT ON COLUMN wardcast.lease.expires_at IS 'free for anyone after this';

CREATE TABLE wardcast.run (
    group_id wardcast.identifier NOT NULL REFERENCES wardcast.facility_group,
    slot wardcast.instant NOT NULL,
    run_id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    as_of wardcast.instant NOT NULL,
    data_watermark wardcast.instant,
    seed numeric(20, 0) NOT NULL CHECK (seed >= 0),
    program_version text NOT NULL,
    model_hash text NOT NULL,
    config_hash text NOT NULL,
    summary text NOT NULL,
    token bigint CHECK (token > 0),
    forecasts bigint NOT NULL CHECK (forecasts >= 0),
    recommendations bigint NOT NULL CHECK (recommendations >= 0),
    scores bigint NOT NULL CHECK (scores >= 0),
    digest wardcast.sha256 NOT NULL,
    publication uuid NOT NULL,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (group_id, slot)
);
COMMENT ON TABLE wardcast.run IS 'the ledger: one row per published run; group and slot together are its cycle key';
COMMENT ON COLUMN wardcast.run.group_id IS 'the group';
COMMENT ON COLUMN wardcast.run.slot IS 'the time it was scheduled for';
COMMENT ON COLUMN wardcast.run.run_id IS 'number of the run';
COMMENT ON COLUMN wardcast.run.as_of IS 'facts recorded up to here were known to it';
COMMENT ON COLUMN wardcast.run.data_watermark IS 'newest recorded_at among its facts';
COMMENT ON COLUMN wardcast.run.seed IS 'seed of its random paths';
COMMENT ON COLUMN wardcast.run.program_version IS 'version of the program that made it';
COMMENT ON COLUMN wardcast.run.model_hash IS 'SHA-256 of the networks'' weights, or none';
COMMENT ON COLUMN wardcast.run.config_hash IS 'SHA-256 of the settings that shape its rows';
COMMENT ON COLUMN wardcast.run.summary IS 'one line for people';
COMMENT ON COLUMN wardcast.run.token IS 'fencing token of the lease it was published under; NULL without a lease';
COMMENT ON COLUMN wardcast.run.forecasts IS 'rows it has in forecast';
COMMENT ON COLUMN wardcast.run.recommendations IS 'rows it has in the recommendation tables';
COMMENT ON COLUMN wardcast.run.scores IS 'rows it has in score';
COMMENT ON COLUMN wardcast.run.digest IS 'SHA-256 of all its rows in key order; a replay must come to the same';
COMMENT ON COLUMN wardcast.run.publication IS 'drawn for this publication, to tell after a lost reply whether it arrived';
COMMENT ON COLUMN wardcast.run.published_at IS 'when it was written';

CREATE TABLE wardcast.forecast (
    facility_id wardcast.identifier NOT NULL,
    unit_id wardcast.identifier NOT NULL,
    measure wardcast.identifier NOT NULL,
    grain wardcast.grain NOT NULL,
    member wardcast.identifier NOT NULL,
    target_at wardcast.instant NOT NULL,
    step integer NOT NULL CONSTRAINT step_is_positive CHECK (step > 0),
    counts boolean NOT NULL,
    mean wardcast.finite,
    q025 wardcast.finite,
    q05 wardcast.finite,
    q10 wardcast.finite,
    q20 wardcast.finite,
    q30 wardcast.finite,
    q40 wardcast.finite,
    q50 wardcast.finite,
    q60 wardcast.finite,
    q70 wardcast.finite,
    q80 wardcast.finite,
    q90 wardcast.finite,
    q95 wardcast.finite,
    q975 wardcast.finite,
    status wardcast.row_status NOT NULL,
    reason text,
    data_as_of wardcast.instant,
    valid_until wardcast.instant,
    run_id bigint NOT NULL REFERENCES wardcast.run (run_id),
    slot timestamptz NOT NULL,
    CONSTRAINT forecast_has_numbers_unless_withheld
        CHECK ((status = 'withheld') = (num_nonnulls(mean, q025, q05, q10, q20, q30, q40, q50, q60, q70, q80, q90, q95, q975) = 0)
           AND (status = 'withheld' OR num_nulls(mean, q025, q05, q10, q20, q30, q40, q50, q60, q70, q80, q90, q95, q975) = 0)),
    CONSTRAINT forecast_quantiles_are_ordered
        CHECK (q025 <= q05 AND q05 <= q10 AND q10 <= q20 AND q20 <= q30 AND q30 <= q40 AND q40 <= q50 AND q50 <= q60
           AND q60 <= q70 AND q70 <= q80 AND q80 <= q90 AND q90 <= q95 AND q95 <= q975),
    CONSTRAINT forecast_counts_are_not_negative CHECK (NOT counts OR (q025 >= 0 AND mean >= 0)),
    CONSTRAINT forecast_gives_a_reason_unless_ok CHECK (status = 'ok' OR reason IS NOT NULL),
    PRIMARY KEY (facility_id, run_id, unit_id, measure, grain, member, target_at, slot)
) PARTITION BY RANGE (slot);
CREATE TABLE wardcast.forecast_default PARTITION OF wardcast.forecast DEFAULT;
INSERT INTO wardcast.partition_span VALUES ('forecast', 'month', 'slot');
COMMENT ON TABLE wardcast.forecast_default IS 'rows of forecast whose own partition is not made yet';
COMMENT ON TABLE wardcast.forecast IS 'what is expected, one row per run, unit, measure, grain, member and target; partitioned by month of the slot';
COMMENT ON COLUMN wardcast.forecast.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.forecast.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.forecast.measure IS 'what is forecast: census, arrivals, admissions, ...';
COMMENT ON COLUMN wardcast.forecast.grain IS 'hour, day, week or month';
COMMENT ON COLUMN wardcast.forecast.member IS 'the forecaster; wardcast is the released one';
COMMENT ON COLUMN wardcast.forecast.target_at IS 'the instant the forecast step begins';
COMMENT ON COLUMN wardcast.forecast.step IS 'steps ahead, 1 = the first';
COMMENT ON COLUMN wardcast.forecast.counts IS 'true when the measure is a count and cannot be negative';
COMMENT ON COLUMN wardcast.forecast.mean IS 'expected value; NULL when withheld, as are the quantiles';
COMMENT ON COLUMN wardcast.forecast.q025 IS '2.5 % quantile';
COMMENT ON COLUMN wardcast.forecast.q05 IS '5 % quantile';
COMMENT ON COLUMN wardcast.forecast.q10 IS '10 % quantile';
COMMENT ON COLUMN wardcast.forecast.q20 IS '20 % quantile';
COMMENT ON COLUMN wardcast.forecast.q30 IS '30 % quantile';
COMMENT ON COLUMN wardcast.forecast.q40 IS '40 % quantile';
COMMENT ON COLUMN wardcast.forecast.q50 IS 'median';
COMMENT ON COLUMN wardcast.forecast.q60 IS '60 % quantile';
COMMENT ON COLUMN wardcast.forecast.q70 IS '70 % quantile';
COMMENT ON COLUMN wardcast.forecast.q80 IS '80 % quantile';
COMMENT ON COLUMN wardcast.forecast.q90 IS '90 % quantile';
COMMENT ON COLUMN wardcast.forecast.q95 IS '95 % quantile';
COMMENT ON COLUMN wardcast.forecast.q975 IS '97.5 % quantile';
COMMENT ON COLUMN wardcast.forecast.status IS 'ok, stale, degraded, fallback or withheld';
COMMENT ON COLUMN wardcast.forecast.reason IS 'why it is not ok';
COMMENT ON COLUMN wardcast.forecast.data_as_of IS 'newest fact behind it';
COMMENT ON COLUMN wardcast.forecast.valid_until IS 'to be read as stale after this';
COMMENT ON COLUMN wardcast.forecast.run_id IS 'the run it belongs to';
COMMENT ON COLUMN wardcast.forecast.slot IS 'the run''s slot, which picks the partition';

CREATE TABLE wardcast.staffing_recommendation (
    facility_id wardcast.identifier NOT NULL,
    unit_id wardcast.identifier NOT NULL,
    role wardcast.identifier NOT NULL,
    shift_starts_at wardcast.instant NOT NULL,
    shift_ends_at wardcast.instant NOT NULL,
    shift wardcast.identifier NOT NULL,
    required integer CHECK (required BETWEEN 0 AND 1000000),
    p50 integer CHECK (p50 BETWEEN 0 AND 1000000),
    p90 integer CHECK (p90 BETWEEN 0 AND 1000000),
    floor integer CHECK (floor BETWEEN 0 AND 1000000),
    scheduled wardcast.count,
    gap wardcast.finite,
    fractile wardcast.probability,
    census_p50 wardcast.count,
    census_p90 wardcast.count,
    status wardcast.row_status NOT NULL,
    reason text,
    trace text NOT NULL,
    data_as_of wardcast.instant,
    valid_until wardcast.instant,
    run_id bigint NOT NULL REFERENCES wardcast.run (run_id),
    CONSTRAINT shift_ends_after_it_starts CHECK (shift_ends_at > shift_starts_at),
    CONSTRAINT staffing_has_numbers_unless_withheld
        CHECK (CASE status WHEN 'withheld' THEN num_nonnulls(required, p50, p90, gap, fractile, census_p50, census_p90) = 0
                           ELSE num_nulls(required, p50, p90, floor, fractile, census_p50, census_p90) = 0 END),
    CONSTRAINT staffing_quantiles_are_ordered CHECK (p50 <= p90 AND census_p50 <= census_p90),
    CONSTRAINT staffing_is_never_below_its_floor CHECK (required >= floor),
    CONSTRAINT staffing_gap_is_required_minus_scheduled CHECK (gap = required - scheduled),
    CONSTRAINT staffing_gives_a_reason_unless_ok CHECK (status = 'ok' OR reason IS NOT NULL),
    PRIMARY KEY (facility_id, run_id, unit_id, role, shift_starts_at)
);
COMMENT ON TABLE wardcast.staffing_recommendation IS 'staff needed, one row per run, unit, role and shift';
COMMENT ON COLUMN wardcast.staffing_recommendation.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.staffing_recommendation.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.staffing_recommendation.role IS 'the staff''s role, such as RN';
COMMENT ON COLUMN wardcast.staffing_recommendation.shift_starts_at IS 'when the shift begins';
COMMENT ON COLUMN wardcast.staffing_recommendation.shift_ends_at IS 'when the shift ends';
COMMENT ON COLUMN wardcast.staffing_recommendation.shift IS 'name of the shift';
COMMENT ON COLUMN wardcast.staffing_recommendation.required IS 'staff needed at the critical fractile, never below the floor; NULL when withheld';
COMMENT ON COLUMN wardcast.staffing_recommendation.p50 IS 'staff needed at the median of the shift''s worst hour';
COMMENT ON COLUMN wardcast.staffing_recommendation.p90 IS 'staff needed at the 90th percentile of the shift''s worst hour';
COMMENT ON COLUMN wardcast.staffing_recommendation.floor IS 'never fewer than this; to be used when the row is withheld';
COMMENT ON COLUMN wardcast.staffing_recommendation.scheduled IS 'staff on the roster; NULL when the roster says nothing';
COMMENT ON COLUMN wardcast.staffing_recommendation.gap IS 'required minus scheduled; positive is too few';
COMMENT ON COLUMN wardcast.staffing_recommendation.fractile IS 'cost of one too few over the sum of the costs of one too few and one too many';
COMMENT ON COLUMN wardcast.staffing_recommendation.census_p50 IS 'median of the patients in the shift''s worst hour';
COMMENT ON COLUMN wardcast.staffing_recommendation.census_p90 IS '90th percentile of the patients in the shift''s worst hour';
COMMENT ON COLUMN wardcast.staffing_recommendation.status IS 'ok, stale, degraded, fallback or withheld';
COMMENT ON COLUMN wardcast.staffing_recommendation.reason IS 'why it is not ok';
COMMENT ON COLUMN wardcast.staffing_recommendation.trace IS 'the sum that led to it, in one line';
COMMENT ON COLUMN wardcast.staffing_recommendation.data_as_of IS 'newest fact behind it';
COMMENT ON COLUMN wardcast.staffing_recommendation.valid_until IS 'to be read as stale after this';
COMMENT ON COLUMN wardcast.staffing_recommendation.run_id IS 'the run it belongs to';

CREATE TABLE wardcast.bed_recommendation (
    facility_id wardcast.identifier NOT NULL,
    unit_id wardcast.identifier NOT NULL,
    horizon wardcast.identifier NOT NULL,
    target_at wardcast.instant NOT NULL,
    available wardcast.finite,
    census_p10 wardcast.count,
    census_p50 wardcast.count,
    census_p90 wardcast.count,
    net_p50 wardcast.finite,
    net_p10 wardcast.finite,
    p_over wardcast.probability,
    overflow wardcast.count,
    status wardcast.row_status NOT NULL,
    reason text,
    trace text NOT NULL,
    data_as_of wardcast.instant,
    valid_until wardcast.instant,
    run_id bigint NOT NULL REFERENCES wardcast.run (run_id),
    CONSTRAINT bed_row_has_numbers_unless_withheld
        CHECK (CASE status WHEN 'withheld' THEN num_nonnulls(census_p10, census_p50, census_p90, net_p50, net_p10, p_over, overflow) = 0
                           ELSE num_nulls(census_p10, census_p50, census_p90) = 0 END),
    CONSTRAINT bed_quantiles_are_ordered CHECK (census_p10 <= census_p50 AND census_p50 <= census_p90 AND net_p10 <= net_p50),
    CONSTRAINT bed_row_gives_a_reason_unless_ok CHECK (status = 'ok' OR reason IS NOT NULL),
    PRIMARY KEY (facility_id, run_id, unit_id, horizon)
);
COMMENT ON TABLE wardcast.bed_recommendation IS 'net bed position, one row per run, unit and horizon';
COMMENT ON COLUMN wardcast.bed_recommendation.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.bed_recommendation.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.bed_recommendation.horizon IS '4h, 12h, 24h or tomorrow 08:00';
COMMENT ON COLUMN wardcast.bed_recommendation.target_at IS 'the instant it speaks of';
COMMENT ON COLUMN wardcast.bed_recommendation.available IS 'staffed minus blocked minus reserved beds; NULL when unknown';
COMMENT ON COLUMN wardcast.bed_recommendation.census_p10 IS '10th percentile of the patients';
COMMENT ON COLUMN wardcast.bed_recommendation.census_p50 IS 'median of the patients';
COMMENT ON COLUMN wardcast.bed_recommendation.census_p90 IS '90th percentile of the patients';
COMMENT ON COLUMN wardcast.bed_recommendation.net_p50 IS 'available beds minus patients, at the median; negative is too few beds';
COMMENT ON COLUMN wardcast.bed_recommendation.net_p10 IS 'net position that holds with 90 % assurance';
COMMENT ON COLUMN wardcast.bed_recommendation.p_over IS 'chance of more patients than available beds';
COMMENT ON COLUMN wardcast.bed_recommendation.overflow IS 'expected patients beyond the available beds';
COMMENT ON COLUMN wardcast.bed_recommendation.status IS 'ok, stale, degraded, fallback or withheld';
COMMENT ON COLUMN wardcast.bed_recommendation.reason IS 'why it is not ok';
COMMENT ON COLUMN wardcast.bed_recommendation.trace IS 'the sum that led to it, in one line';
COMMENT ON COLUMN wardcast.bed_recommendation.data_as_of IS 'newest fact behind it';
COMMENT ON COLUMN wardcast.bed_recommendation.valid_until IS 'to be read as stale after this';
COMMENT ON COLUMN wardcast.bed_recommendation.run_id IS 'the run it belongs to';

CREATE TABLE wardcast.move_recommendation (
    facility_id wardcast.identifier NOT NULL,
    rank integer NOT NULL CONSTRAINT rank_is_positive CHECK (rank > 0),
    action text COLLATE "C" NOT NULL CONSTRAINT action_is_known CHECK (action IN ('send', 'open', 'nowhere')),
    from_unit wardcast.identifier NOT NULL,
    to_unit wardcast.identifier,
    beds integer NOT NULL CONSTRAINT move_has_beds CHECK (beds > 0),
    target_at wardcast.instant NOT NULL,
    cost wardcast.finite,
    status wardcast.row_status NOT NULL,
    trace text NOT NULL,
    data_as_of wardcast.instant,
    valid_until wardcast.instant,
    run_id bigint NOT NULL REFERENCES wardcast.run (run_id),
    CONSTRAINT only_sending_has_a_taker CHECK ((action = 'send') = (to_unit IS NOT NULL)),
    CONSTRAINT nobody_is_sent_where_they_are CHECK (to_unit <> from_unit),
    PRIMARY KEY (facility_id, run_id, rank)
);
COMMENT ON TABLE wardcast.move_recommendation IS 'which beds to open and where to send patients, best first';
COMMENT ON COLUMN wardcast.move_recommendation.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.move_recommendation.rank IS 'place in the list, 1 = first';
COMMENT ON COLUMN wardcast.move_recommendation.action IS 'send patients, open escalation beds, or nowhere: no bed is left';
COMMENT ON COLUMN wardcast.move_recommendation.from_unit IS 'unit with too many patients';
COMMENT ON COLUMN wardcast.move_recommendation.to_unit IS 'unit that takes them; NULL unless patients are sent';
COMMENT ON COLUMN wardcast.move_recommendation.beds IS 'how many';
COMMENT ON COLUMN wardcast.move_recommendation.target_at IS 'by when';
COMMENT ON COLUMN wardcast.move_recommendation.cost IS 'penalty per bed used in the optimum';
COMMENT ON COLUMN wardcast.move_recommendation.status IS 'ok, stale, degraded, fallback or withheld';
COMMENT ON COLUMN wardcast.move_recommendation.trace IS 'the sum that led to it, in one line';
COMMENT ON COLUMN wardcast.move_recommendation.data_as_of IS 'newest fact behind it';
COMMENT ON COLUMN wardcast.move_recommendation.valid_until IS 'to be read as stale after this';
COMMENT ON COLUMN wardcast.move_recommendation.run_id IS 'the run it belongs to';

CREATE TABLE wardcast.score (
    facility_id wardcast.identifier NOT NULL,
    unit_id wardcast.identifier NOT NULL,
    measure wardcast.identifier NOT NULL,
    grain wardcast.grain NOT NULL,
    from_at wardcast.instant NOT NULL,
    until_at wardcast.instant NOT NULL,
    n integer NOT NULL CHECK (n >= 0),
    mae wardcast.count,
    naive_mae wardcast.count,
    pinball wardcast.count,
    coverage80 wardcast.probability,
    bias wardcast.finite,
    run_id bigint NOT NULL REFERENCES wardcast.run (run_id),
    CONSTRAINT score_ends_after_it_starts CHECK (until_at >= from_at),
    PRIMARY KEY (facility_id, run_id, unit_id, measure, grain)
);
COMMENT ON TABLE wardcast.score IS 'how earlier forecasts did, told by each run';
COMMENT ON COLUMN wardcast.score.facility_id IS 'the hospital';
COMMENT ON COLUMN wardcast.score.unit_id IS 'the ward or department';
COMMENT ON COLUMN wardcast.score.measure IS 'what was forecast';
COMMENT ON COLUMN wardcast.score.grain IS 'hour, day, week or month';
COMMENT ON COLUMN wardcast.score.from_at IS 'first target scored';
COMMENT ON COLUMN wardcast.score.until_at IS 'last target scored';
COMMENT ON COLUMN wardcast.score.n IS 'targets scored';
COMMENT ON COLUMN wardcast.score.mae IS 'mean absolute error of the median; NULL when unknown, as are the others';
COMMENT ON COLUMN wardcast.score.naive_mae IS 'the same of the seasonal naive forecast';
COMMENT ON COLUMN wardcast.score.pinball IS 'mean pinball loss over the quantiles';
COMMENT ON COLUMN wardcast.score.coverage80 IS 'share of targets inside the 80 % interval; 0.8 is right';
COMMENT ON COLUMN wardcast.score.bias IS 'mean of forecast minus actual';
COMMENT ON COLUMN wardcast.score.run_id IS 'the run that told it';

CREATE TABLE wardcast.model (
    group_id wardcast.identifier NOT NULL REFERENCES wardcast.facility_group,
    model_hash wardcast.sha256 NOT NULL,
    trained_at wardcast.instant NOT NULL,
    card text NOT NULL,
    PRIMARY KEY (group_id, model_hash)
);
COMMENT ON TABLE wardcast.model IS 'registry of the trained networks';
COMMENT ON COLUMN wardcast.model.group_id IS 'the group they were trained for';
COMMENT ON COLUMN wardcast.model.model_hash IS 'SHA-256 of the release file, as in run';
COMMENT ON COLUMN wardcast.model.trained_at IS 'when the training ended';
COMMENT ON COLUMN wardcast.model.card IS 'what they are, what they learned from and how they did, for people';

GRANT SELECT, INSERT, UPDATE ON wardcast.lease TO wardcast_writer;
GRANT SELECT, INSERT ON wardcast.run, wardcast.forecast, wardcast.staffing_recommendation, wardcast.bed_recommendation,
    wardcast.move_recommendation, wardcast.score, wardcast.model TO wardcast_writer;
