-- What drift watches: how a score compares with what the forecast itself led one to expect.
SET LOCAL ROLE wardcast_owner;

ALTER TABLE wardcast.score
    ADD COLUMN expected wardcast.count,
    ADD COLUMN first_score wardcast.finite,
    ADD COLUMN last_pit wardcast.probability,
    ADD COLUMN sound boolean;
COMMENT ON COLUMN wardcast.score.expected IS 'pinball loss that the forecast''s own quantiles led one to expect; NULL in runs of earlier versions, as are the next three';
COMMENT ON COLUMN wardcast.score.first_score IS 'normal score of the first target: 0 = its median came, 1.96 = its 97.5 % quantile';
COMMENT ON COLUMN wardcast.score.last_pit IS 'probability that the forecast gave to at most what came at the last target';
COMMENT ON COLUMN wardcast.score.sound IS 'the data were fresh and not stuck, so that the models may be judged by this row';
