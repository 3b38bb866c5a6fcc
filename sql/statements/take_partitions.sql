-- A partition for every year that has rows waiting; {time} is the staged start of the step.
SELECT coalesce(sum(wardcast.make_partitions('observation', year, year)), 0)
FROM (SELECT DISTINCT date_trunc('year', {time}::timestamptz, 'UTC') AS year
      FROM pg_temp.wardcast_stage
      WHERE complaint IS NULL) y
