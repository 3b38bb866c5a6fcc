-- Register trained networks.
INSERT INTO wardcast.model (group_id, model_hash, trained_at, card)
VALUES ($1, $2, $3::timestamptz, $4)
ON CONFLICT DO NOTHING
