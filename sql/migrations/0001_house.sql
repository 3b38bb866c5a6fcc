-- Roles, the schema, the groups and their facilities.
-- Every statement ends with a semicolon at the end of a line; bodies of functions stand between pairs of $$.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'wardcast_owner') THEN
        CREATE ROLE wardcast_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'wardcast_writer') THEN
        CREATE ROLE wardcast_writer NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'wardcast_reader') THEN
        CREATE ROLE wardcast_reader NOLOGIN;
    END IF;
    -- From PostgreSQL 16 on, whoever made a role is a member of it that may not act as it.
    IF NOT pg_catalog.pg_has_role(current_user, 'wardcast_owner',
                                  CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
        EXECUTE pg_catalog.format('GRANT wardcast_owner TO %I', current_user);
    END IF;
    -- The writer stages every pull in a temporary table before it touches the facts.
    EXECUTE pg_catalog.format('GRANT TEMPORARY ON DATABASE %I TO wardcast_writer', pg_catalog.current_database());
END
$$;

CREATE SCHEMA wardcast AUTHORIZATION wardcast_owner;
SET LOCAL ROLE wardcast_owner;
COMMENT ON SCHEMA wardcast IS 'Wardcast: facts pulled from the hospital, forecasts, and recommendations for staffing and beds';
GRANT USAGE ON SCHEMA wardcast TO wardcast_writer, wardcast_reader;

-- PostgreSQL calls NaN equal to itself and greater than everything, so only an upper bound keeps it out.
CREATE DOMAIN wardcast.identifier AS text COLLATE "C"
    CONSTRAINT identifier_has_1_to_128_bytes CHECK (octet_length(VALUE) BETWEEN 1 AND 128);
COMMENT ON DOMAIN wardcast.identifier IS 'a short name that is part of a key, ordered by its bytes';
CREATE DOMAIN wardcast.count AS double precision
    CONSTRAINT count_is_from_0_to_1000000 CHECK (VALUE >= 0 AND VALUE <= 1e6);
COMMENT ON DOMAIN wardcast.count IS 'patients, beds or staff; no hospital has a million';
CREATE DOMAIN wardcast.finite AS double precision
    CONSTRAINT number_is_finite CHECK (VALUE > '-Infinity' AND VALUE < 'Infinity');
COMMENT ON DOMAIN wardcast.finite IS 'any number but NaN and the infinities';
CREATE DOMAIN wardcast.probability AS double precision
    CONSTRAINT probability_is_from_0_to_1 CHECK (VALUE >= 0 AND VALUE <= 1);
COMMENT ON DOMAIN wardcast.probability IS 'a chance between 0 and 1';
CREATE DOMAIN wardcast.instant AS timestamptz
    CONSTRAINT instant_is_in_1970_to_2199 CHECK (VALUE >= '1970-01-01 00:00+00' AND VALUE < '2200-01-01 00:00+00');
COMMENT ON DOMAIN wardcast.instant IS 'a time that can be true of a hospital visit or a forecast';
CREATE DOMAIN wardcast.row_status AS text COLLATE "C"
    CONSTRAINT row_status_is_known CHECK (VALUE IN ('ok', 'stale', 'degraded', 'fallback', 'withheld'));
COMMENT ON DOMAIN wardcast.row_status IS 'how far a row may be trusted';
CREATE DOMAIN wardcast.grain AS text COLLATE "C"
    CONSTRAINT grain_is_known CHECK (VALUE IN ('hour', 'day', 'week', 'month'));
COMMENT ON DOMAIN wardcast.grain IS 'the length of a step';
CREATE DOMAIN wardcast.sha256 AS text COLLATE "C"
    CONSTRAINT sha256_is_64_hex_digits CHECK (VALUE ~ '^[0-9a-f]{64}$');
COMMENT ON DOMAIN wardcast.sha256 IS 'a SHA-256 digest in lower-case hex';

CREATE TABLE wardcast.schema_version (
    version integer PRIMARY KEY CHECK (version > 0),
    name text NOT NULL,
    sha256 wardcast.sha256 NOT NULL,
    program_version text NOT NULL,
    applied_by text NOT NULL DEFAULT session_user,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE wardcast.schema_version IS 'the migrations that made this schema; the greatest version is the one in force';
COMMENT ON COLUMN wardcast.schema_version.version IS 'number of the migration';
COMMENT ON COLUMN wardcast.schema_version.name IS 'file name of the migration';
COMMENT ON COLUMN wardcast.schema_version.sha256 IS 'digest of the file as it was run; an edited migration is refused';
COMMENT ON COLUMN wardcast.schema_version.program_version IS 'version of the program that ran it';
COMMENT ON COLUMN wardcast.schema_version.applied_by IS 'login role that ran it';
COMMENT ON COLUMN wardcast.schema_version.applied_at IS 'when it was run';

CREATE TABLE wardcast.facility_group (
    group_id wardcast.identifier PRIMARY KEY,
    name text NOT NULL,
    timezone text NOT NULL DEFAULT 'UTC'
        CONSTRAINT timezone_is_known CHECK (('2000-01-01 00:00+00'::timestamptz AT TIME ZONE timezone) IS NOT NULL),
    country text CONSTRAINT country_has_2_letters CHECK (country ~ '^[A-Z]{2}$'),
    note text
);
COMMENT ON TABLE wardcast.facility_group IS 'hospitals that are forecast and reported together';
COMMENT ON COLUMN wardcast.facility_group.group_id IS 'id of the group in the configuration';
COMMENT ON COLUMN wardcast.facility_group.name IS 'its name as people know it';
COMMENT ON COLUMN wardcast.facility_group.timezone IS 'IANA zone of its wall clocks; the *_local columns of the views are in it';
COMMENT ON COLUMN wardcast.facility_group.country IS 'ISO 3166 alpha-2 code, for the holidays';
COMMENT ON COLUMN wardcast.facility_group.note IS 'where its data come from';

CREATE TABLE wardcast.facility (
    facility_id wardcast.identifier PRIMARY KEY,
    group_id wardcast.identifier NOT NULL REFERENCES wardcast.facility_group,
    first_seen timestamptz NOT NULL DEFAULT transaction_timestamp()
);
CREATE INDEX facility_by_group ON wardcast.facility (group_id, facility_id);
COMMENT ON TABLE wardcast.facility IS 'hospitals, each in one group, registered by their first fact';
COMMENT ON COLUMN wardcast.facility.facility_id IS 'id of the hospital, as its source says it';
COMMENT ON COLUMN wardcast.facility.group_id IS 'the group it is forecast with';
COMMENT ON COLUMN wardcast.facility.first_seen IS 'when its first fact was stored';

CREATE TABLE wardcast.partition_span (
    table_name wardcast.identifier,
    step text NOT NULL CHECK (step IN ('month', 'year')),
    time_column wardcast.identifier NOT NULL,
    PRIMARY KEY (table_name)
);
COMMENT ON TABLE wardcast.partition_span IS 'the tables partitioned by time and how long one partition is';
COMMENT ON COLUMN wardcast.partition_span.table_name IS 'the partitioned table';
COMMENT ON COLUMN wardcast.partition_span.step IS 'length of one partition: month or year';
COMMENT ON COLUMN wardcast.partition_span.time_column IS 'the column it is partitioned by';

-- Make the partitions of table `which` that hold the times from `oldest` to `newest`.  Rows that
-- meanwhile went to the default partition are moved, so that none is ever refused or lost.
CREATE FUNCTION wardcast.make_partitions(which text, oldest timestamptz, newest timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    span wardcast.partition_span;
    span_step interval;
    lower_bound timestamp;
    part text;
    made integer := 0;
BEGIN
    SELECT * INTO STRICT span FROM wardcast.partition_span s WHERE s.table_name = which;
    span_step := ('1 ' || span.step)::interval;
    lower_bound := date_trunc(span.step, oldest AT TIME ZONE 'UTC');
    WHILE lower_bound <= (newest AT TIME ZONE 'UTC') LOOP
        part := which || to_char(lower_bound, CASE span.step WHEN 'year' THEN '"_"YYYY' ELSE '"_"YYYYMM' END);
        -- Asked by query, not by to_regclass(), whose cache may not know yet what another session made.
        IF NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'wardcast'::regnamespace AND relname = part) THEN
            PERFORM pg_advisory_xact_lock(hashtext('wardcast.' || which)::bigint);
        END IF;
        IF NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'wardcast'::regnamespace AND relname = part) THEN
            EXECUTE format('CREATE TABLE wardcast.%I (LIKE wardcast.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS)', part, which);
            EXECUTE format('WITH moved AS (DELETE FROM wardcast.%I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO wardcast.%I SELECT * FROM moved',
                           which || '_default', span.time_column, lower_bound AT TIME ZONE 'UTC',
                           span.time_column, (lower_bound + span_step) AT TIME ZONE 'UTC', part);
            EXECUTE format('ALTER TABLE wardcast.%I ATTACH PARTITION wardcast.%I FOR VALUES FROM (%L) TO (%L)',
                           which, part, lower_bound AT TIME ZONE 'UTC', (lower_bound + span_step) AT TIME ZONE 'UTC');
            EXECUTE format('COMMENT ON TABLE wardcast.%I IS %L', part, 'rows of ' || which || ' from ' || to_char(lower_bound, 'YYYY-MM-DD') || ' on');
            made := made + 1;
        END IF;
        lower_bound := lower_bound + span_step;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION wardcast.make_partitions(text, timestamptz, timestamptz) IS 'make the partitions of a table that hold the times from oldest to newest; returns how many were made';
REVOKE EXECUTE ON FUNCTION wardcast.make_partitions(text, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wardcast.make_partitions(text, timestamptz, timestamptz) TO wardcast_writer;

GRANT SELECT ON wardcast.schema_version, wardcast.partition_span TO wardcast_writer;
GRANT SELECT, INSERT, UPDATE (name, timezone, country, note) ON wardcast.facility_group TO wardcast_writer;
GRANT SELECT, INSERT ON wardcast.facility TO wardcast_writer;
