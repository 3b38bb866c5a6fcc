-- The newest run of a group at or before a time.
SELECT run_id, group_id, slot, as_of, published_at, seed, model_hash, config_hash, summary
FROM wardcast.run
WHERE group_id = $1 AND slot <= $2::timestamptz
ORDER BY slot DESC
LIMIT 1
