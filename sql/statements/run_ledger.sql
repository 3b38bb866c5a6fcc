-- What the digest says about the run itself.
SELECT group_id, slot, as_of, data_watermark, seed, model_hash, config_hash
FROM wardcast.run
WHERE run_id = $1::bigint
