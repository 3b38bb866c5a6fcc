-- Let others have it at once; the token stays, so that it can only rise.
UPDATE wardcast.lease
SET expires_at = clock_timestamp()
WHERE group_id = $1 AND holder = $2 AND session = $3 AND expires_at > clock_timestamp()
