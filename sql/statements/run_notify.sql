-- Wake who listens; delivered with the commit.
SELECT pg_notify('wardcast_published', json_build_object('run_id', $1::bigint, 'group', $2::text, 'slot', to_char($3::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::text)
