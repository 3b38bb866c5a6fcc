-- A good pull ends: the watermark never goes back.
INSERT INTO wardcast.watermark AS w (group_id, source, feed, watermark, pulled_at, stored, quarantined)
VALUES ($1, $2, $3, $4::timestamptz, $5::timestamptz, $6::bigint, $7::bigint)
ON CONFLICT (source, feed) DO UPDATE
SET group_id = excluded.group_id,
    watermark = greatest(w.watermark, excluded.watermark),
    pulled_at = excluded.pulled_at,
    stored = w.stored + excluded.stored,
    quarantined = w.quarantined + excluded.quarantined,
    failures = 0,
    message = NULL
