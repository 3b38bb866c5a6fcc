-- Where the rows of a pull wait, seen by this connection alone; the cells are those of the feed in their order.
CREATE TEMPORARY TABLE IF NOT EXISTS wardcast_stage (
    n bigint NOT NULL, complaint text,
    c0 text, c1 text, c2 text, c3 text, c4 text, c5 text, c6 text, c7 text, c8 text, c9 text
)
