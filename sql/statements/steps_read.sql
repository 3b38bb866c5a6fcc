-- Steps that runs of a group before a slot took: those since a time, and all since the models of now forecast.
SELECT s.facility_id, s.unit_id, s.measure, s.grain, s.step, s.cause, s.since_at, s.reason, s.done, r.slot, r.model_hash
FROM wardcast.facility f
JOIN wardcast.drift_step s ON s.facility_id = f.facility_id
JOIN wardcast.run r ON r.run_id = s.run_id
WHERE f.group_id = $1 AND r.slot < $2::timestamptz AND (r.slot >= $3::timestamptz OR r.model_hash = $4)
ORDER BY r.slot, s.facility_id, s.unit_id, s.measure, s.grain, s.step
