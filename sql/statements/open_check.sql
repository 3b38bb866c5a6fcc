-- Who are we, where, and may we work here?
SELECT current_user,
       r.rolsuper OR r.rolbypassrls
           OR pg_has_role(current_user, 'pg_read_server_files', 'MEMBER')
           OR pg_has_role(current_user, 'pg_write_server_files', 'MEMBER')
           OR pg_has_role(current_user, 'pg_execute_server_program', 'MEMBER') AS too_mighty,
       pg_is_in_recovery() AS standby,
       to_regnamespace('wardcast') IS NOT NULL AS made,
       EXISTS (SELECT FROM pg_roles w WHERE w.rolname = 'wardcast_writer' AND pg_has_role(current_user, w.oid, 'USAGE')) AS writer,
       EXISTS (SELECT FROM pg_roles w WHERE w.rolname = 'wardcast_owner' AND pg_has_role(current_user, w.oid, 'MEMBER')) AS owner
FROM pg_roles r
WHERE r.rolname = current_user
