-- The head of a run by its number.
SELECT run_id, group_id, slot, as_of, published_at, seed, model_hash, config_hash, summary
FROM wardcast.run
WHERE run_id = $1::bigint
