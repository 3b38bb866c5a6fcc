-- What figures beside each other promise.
SET LOCAL ROLE wardcast_owner;

COMMENT ON COLUMN wardcast.forecast.mean IS 'expected value; NULL when withheld, as are the quantiles. A total''s is the sum of its units''. Where a unit''s census, admissions and discharges are forecast by one grain, the census at the end of a step is that at its beginning plus the admissions less the discharges of the step; reason says where a total does not add up';
COMMENT ON COLUMN wardcast.current_forecast.mean IS 'expected value; NULL when withheld, as are the quantiles. A total''s is the sum of its units''. Where a unit''s census, admissions and discharges are forecast by one grain, the census at the end of a step is that at its beginning plus the admissions less the discharges of the step; reason says where a total does not add up';
COMMENT ON COLUMN wardcast.forecast.q50 IS 'median; a total''s quantiles are those of the sums of its units'' sample paths, and medians do not add up';
COMMENT ON COLUMN wardcast.current_forecast.q50 IS 'median; a total''s quantiles are those of the sums of its units'' sample paths, and medians do not add up';
