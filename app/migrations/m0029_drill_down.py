"""What leads from a figure to the ratings behind it.

Each rating names the lines of the score table under which it counts, by a fingerprint of 64 bits
for each line; an inverted index finds the ratings of a line. New entries wait in a list of the
index and are sorted in by a job (`evaluations.scores.jobs`), so that taking a rating in costs an
append and no search.
"""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE FUNCTION score_line(hall uuid, dimension int, day date, key text, level int)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT hashtextextended(key,
        uuid_hash_extended(hall, (day - DATE '2000-01-01') * 100::bigint + dimension * 10 + level))
$$;

CREATE FUNCTION score_lines(hall uuid, department uuid, window_id uuid, staff uuid, item uuid,
    channel int, tags text[], day date, level int)
RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    found bigint[] := array_remove(ARRAY[
        score_line(hall, 1, day, hall::text, level),
        score_line(hall, 2, day, department::text, level),
        score_line(hall, 3, day, window_id::text, level),
        score_line(hall, 4, day, staff::text, level),
        score_line(hall, 5, day, item::text, level),
        score_line(hall, 6, day, channel::text, level)], NULL);
    tag text;
BEGIN
    FOREACH tag IN ARRAY tags LOOP
        found := found || score_line(hall, 7, day, tag, level);
    END LOOP;
    RETURN found;
END
$$;

ALTER TABLE ratings ADD COLUMN score_lines bigint[] NOT NULL DEFAULT '{}';
ALTER TABLE ratings DISABLE TRIGGER ratings_stay;
UPDATE ratings r SET score_lines = score_lines(s.hall_id, s.department_id, s.window_id, s.staff_id,
    s.item_id, r.channel, r.tags, r.day, r.level) FROM services s WHERE s.id = r.service_id;
ALTER TABLE ratings ENABLE TRIGGER ratings_stay;
CREATE INDEX ratings_score_lines ON ratings USING gin (score_lines)
    WITH (fastupdate = on, gin_pending_list_limit = 16384);

-- The days on which a key has a figure, the newest first.
CREATE INDEX score_days_of_key ON score_days (key, dimension, hall_id, day);
"""


class Migration(Base):
    dependencies = [("zhangban", "m0028_works")]
    operations = [RunSQL(SQL)]
