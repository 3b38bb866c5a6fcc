-- A hospital's own table: people coming to the emergency department, by the hour on its own clock.
-- The clock has 24 rows a day: the hour skipped in spring stands there with its row, the one repeated in autumn has one.
CREATE TABLE ed_arrivals (
    arrived_hour timestamp PRIMARY KEY,
    arrivals integer NOT NULL,
    temp_f numeric,
    xmas boolean NOT NULL,
    xmas2 boolean NOT NULL,
    nye boolean NOT NULL,
    nyd boolean NOT NULL,
    thx boolean NOT NULL,
    thx1 boolean NOT NULL,
    ind boolean NOT NULL,
    game_day boolean NOT NULL
);
COMMENT ON TABLE ed_arrivals IS 'Hourly arrivals at the emergency department of the University of Iowa Hospitals and Clinics, 2013 to 2018 (R package fastTS, GPL-3): real data';
COMMENT ON COLUMN ed_arrivals.arrived_hour IS 'local time (America/Chicago) at which the hour begins';
COMMENT ON COLUMN ed_arrivals.arrivals IS 'people who came in that hour';
COMMENT ON COLUMN ed_arrivals.temp_f IS 'temperature outside, degrees Fahrenheit';
COMMENT ON COLUMN ed_arrivals.xmas IS 'Christmas Day';
COMMENT ON COLUMN ed_arrivals.xmas2 IS 'the day after';
COMMENT ON COLUMN ed_arrivals.nye IS 'New Year''s Eve';
COMMENT ON COLUMN ed_arrivals.nyd IS 'New Year''s Day';
COMMENT ON COLUMN ed_arrivals.thx IS 'Thanksgiving Day';
COMMENT ON COLUMN ed_arrivals.thx1 IS 'the day after';
COMMENT ON COLUMN ed_arrivals.ind IS 'Independence Day';
COMMENT ON COLUMN ed_arrivals.game_day IS 'the university''s football team plays at home';
