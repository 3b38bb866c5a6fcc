-- Is this token still the newest?  Nobody can take the lease over before this transaction ends.
SELECT holder
FROM wardcast.lease
WHERE group_id = $1 AND token = $2::bigint
FOR SHARE
