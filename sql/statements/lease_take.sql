-- Take the lease, or renew it if this very process has it.  The token rises with every change of hands.
WITH taken AS (
    INSERT INTO wardcast.lease AS l (group_id, holder, session, token, expires_at)
    VALUES ($1::text, $2, $3, 1, clock_timestamp() + make_interval(secs => $4::double precision))
    ON CONFLICT (group_id) DO UPDATE
    SET holder = excluded.holder,
        session = excluded.session,
        token = CASE WHEN l.holder = excluded.holder AND l.session = excluded.session AND l.expires_at > clock_timestamp()
                     THEN l.token ELSE l.token + 1 END,
        expires_at = excluded.expires_at
    WHERE (l.holder = excluded.holder AND l.session = excluded.session) OR l.expires_at <= clock_timestamp()
    RETURNING l.token
)
SELECT (SELECT token FROM taken), before.holder, before.token
FROM (VALUES (1)) always
LEFT JOIN wardcast.lease before ON before.group_id = $1::text
