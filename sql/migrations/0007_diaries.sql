-- Weeks and months are scored too: their diaries go back for years, and their few rows have to be found among many.
SET LOCAL ROLE wardcast_owner;

CREATE INDEX score_of_weeks_and_months ON wardcast.score (facility_id, run_id) WHERE grain IN ('week', 'month');
COMMENT ON INDEX wardcast.score_of_weeks_and_months IS 'the diaries of weekly and monthly series, which go back for years';
