-- A run that was made before its time hides no other: a clock that had jumped ahead (the
-- daemon's alone, or this server's with it) or a mistaken --as-of would hide all later ones.
SET LOCAL ROLE wardcast_owner;

CREATE VIEW wardcast.run_ahead AS
SELECT r.group_id, r.run_id, r.slot, r.slot AT TIME ZONE g.timezone AS slot_local, r.published_at, r.published_at AT TIME ZONE g.timezone AS published_local, r.summary
FROM wardcast.run r
JOIN wardcast.facility_group g ON g.group_id = r.group_id
WHERE r.slot > least(now(), r.published_at) + interval '10 minutes';
COMMENT ON VIEW wardcast.run_ahead IS 'runs made more than ten minutes before their time: by a clock that had jumped ahead, or a mistaken --as-of';
COMMENT ON COLUMN wardcast.run_ahead.group_id IS 'the group';
COMMENT ON COLUMN wardcast.run_ahead.run_id IS 'number of the run';
COMMENT ON COLUMN wardcast.run_ahead.slot IS 'the time it was scheduled for';
COMMENT ON COLUMN wardcast.run_ahead.slot_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.run_ahead.published_at IS 'when it was written';
COMMENT ON COLUMN wardcast.run_ahead.published_local IS 'the same on the group''s wall clock';
COMMENT ON COLUMN wardcast.run_ahead.summary IS 'one line for people';

-- The newest run made in its time; where there is none (a life on a clock of its own) the newest of all.
CREATE OR REPLACE VIEW wardcast.current_run AS
SELECT r.group_id, g.name AS group_name, g.timezone, r.run_id, r.slot, r.slot AT TIME ZONE g.timezone AS slot_local,
       r.as_of, r.as_of AT TIME ZONE g.timezone AS as_of_local, r.data_watermark, r.published_at,
       r.published_at AT TIME ZONE g.timezone AS published_local, r.summary, r.program_version, r.model_hash, r.config_hash,
       r.seed, r.digest, r.forecasts, r.recommendations, r.scores,
       (SELECT max(version) FROM wardcast.schema_version) AS schema_version
FROM wardcast.facility_group g
CROSS JOIN LATERAL (SELECT coalesce((SELECT n.slot FROM wardcast.run n
                                     WHERE n.group_id = g.group_id AND n.slot <= now() + interval '10 minutes' AND n.slot <= n.published_at + interval '10 minutes'
                                     ORDER BY n.slot DESC LIMIT 1),
                                    (SELECT n.slot FROM wardcast.run n WHERE n.group_id = g.group_id ORDER BY n.slot DESC LIMIT 1)) AS slot) s
JOIN wardcast.run r ON r.group_id = g.group_id AND r.slot = s.slot;
COMMENT ON VIEW wardcast.current_run IS 'the newest published run of each group; one made before its time (run_ahead) only where there is no other';

GRANT SELECT ON wardcast.run_ahead TO wardcast_reader, wardcast_writer;
