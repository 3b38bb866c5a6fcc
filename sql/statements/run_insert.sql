-- The ledger row comes first: a second run of the same group and slot waits here and then finds itself too late.
INSERT INTO wardcast.run (group_id, slot, as_of, data_watermark, seed, program_version, model_hash, config_hash, summary,
                          token, forecasts, recommendations, scores, digest, publication)
VALUES ($1, $2::timestamptz, $3::timestamptz, $4::timestamptz, $5::numeric, $6, $7, $8, $9,
        nullif($10::bigint, 0), $11::bigint, $12::bigint, $13::bigint, $14, $15::uuid)
ON CONFLICT (group_id, slot) DO NOTHING
RETURNING run_id
