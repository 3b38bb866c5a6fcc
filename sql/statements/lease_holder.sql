-- Who has the lease.
SELECT holder, token
FROM wardcast.lease
WHERE group_id = $1
