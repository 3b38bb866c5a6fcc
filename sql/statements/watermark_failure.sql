-- A pull failed.
INSERT INTO wardcast.watermark AS w (group_id, source, feed, failures, failed_at, message)
VALUES ($1, $2, $3, 1, $4::timestamptz, $5)
ON CONFLICT (source, feed) DO UPDATE
SET group_id = excluded.group_id,
    failures = w.failures + 1,
    failed_at = excluded.failed_at,
    message = excluded.message
