-- How many runs of a group were made before their time, of slots to come or of the last week; the last of these slots.
SELECT count(*), max(slot)
FROM wardcast.run_ahead
WHERE group_id = $1 AND slot > now() - interval '7 days'
