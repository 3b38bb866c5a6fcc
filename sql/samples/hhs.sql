-- A state authority's own table: what hospitals report each day, one row per state, day and measure.
CREATE TABLE state_beds (
    state text NOT NULL,
    day date NOT NULL,
    measure text NOT NULL,
    value numeric NOT NULL,
    PRIMARY KEY (state, measure, day)
);
COMMENT ON TABLE state_beds IS 'Daily reports of US hospitals by state, 2020-08 to 2021-11 (US HHS, COVID-19 Reported Patient Impact and Hospital Capacity by State Timeseries, public domain): real data';
COMMENT ON COLUMN state_beds.state IS 'postal code of the state or territory';
COMMENT ON COLUMN state_beds.day IS 'day reported on';
COMMENT ON COLUMN state_beds.measure IS 'inpatient_beds (staffed), inpatient_beds_used, critical_staffing_shortage_today_yes (hospitals), previous_day_admission_adult_covid_confirmed';
COMMENT ON COLUMN state_beds.value IS 'beds, patients or hospitals, as reported';
