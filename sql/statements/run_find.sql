-- The run of a cycle key, and which publication wrote it.
SELECT run_id, publication
FROM wardcast.run
WHERE group_id = $1 AND slot = $2::timestamptz
