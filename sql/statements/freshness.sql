-- How each source of a group is doing.
SELECT source, feed, pulled_at, stored, quarantined, failures, message
FROM wardcast.watermark
WHERE group_id = $1
ORDER BY source, feed
