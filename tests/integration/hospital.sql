-- hospital.sql -- a tiny hospital's own tables: three wards and an emergency department, 70 days.
-- Everything is made by arithmetic, so that every test sees the same hospital.
CREATE TABLE ward (code text PRIMARY KEY, title text, kind text, beds int, changed timestamptz);
CREATE TABLE bed_move (id bigserial PRIMARY KEY, stay text, ward text, event text, at timestamptz, written timestamptz);
CREATE TABLE door_count (hour timestamptz, arrivals double precision, written timestamptz);
CREATE TABLE nurse_shift (ward text, starts timestamptz, ends timestamptz, nurses int, written timestamptz);

INSERT INTO ward VALUES
  ('med', 'Medical ward', 'medical', 22, '2026-01-01 00:00Z'), ('surg', 'Surgical ward', 'surgical', 18, '2026-01-01 00:00Z'),
  ('icu', 'Intensive care', 'icu', 8, '2026-01-01 00:00Z'), ('ed', 'Emergency department', 'ed', 20, '2026-01-01 00:00Z');

-- Stays of 20 to 115 hours; the n-th patient of a ward and day arrives at a fixed hour.
WITH arrival AS (
  SELECT w.code, d, n, timestamptz '2026-01-01 00:00Z' + d * interval '1 day' + ((n * 5 + d * 3) % 24) * interval '1 hour' + (n * 7 % 60) * interval '1 minute' AS at,
         (20 + (n * 31 + d * 17) % 96) * interval '1 hour' AS stays
  FROM (VALUES ('med', 9), ('surg', 7), ('icu', 3)) AS w (code, per_day), generate_series(0, 69) AS d,
       LATERAL generate_series(1, w.per_day - (CASE WHEN (d + 3) % 7 >= 5 THEN w.per_day / 3 ELSE 0 END)) AS n)
INSERT INTO bed_move (stay, ward, event, at, written)
SELECT code || '-' || d || '-' || n, code, e.event, e.at, e.at + interval '2 minutes'
FROM arrival, LATERAL (VALUES ('enter', arrival.at), ('leave', arrival.at + stays)) AS e (event, at)
WHERE e.at < '2026-03-12 00:00Z';

INSERT INTO door_count
SELECT h, 4 + (extract(hour FROM h)::int * 7 % 11) + (extract(epoch FROM h)::bigint / 3600 * 37 % 4), h + interval '61 minutes'
FROM generate_series(timestamptz '2026-01-01 00:00Z', '2026-03-11 23:00Z', interval '1 hour') AS h;

INSERT INTO nurse_shift
SELECT code, s, s + interval '12 hours', beds / 6 + 1, s - interval '20 days'
FROM ward, generate_series(timestamptz '2026-02-20 07:00Z', '2026-03-20 19:00Z', interval '12 hours') AS s WHERE kind <> 'ed';
