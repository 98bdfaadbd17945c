"""Sums of the score table by parts of weeks, months and years, each of a hall with all below it.

In place of the sums by month (m0031), which were of each hall alone: a county of eleven halls read
eleven times as many. Nothing of it is the truth; the hourly job sums everything up anew, and until
it has, the days are read.

A part of a week is a week (Monday to Sunday) cut where a month begins: weeks, months and years are
all made of whole parts. Notes of changes (m0031) now name the day, and are made for days more than
3 days back; parts that ended 7 days ago are summed, which leaves the same room for a long
transaction and for clocks as before, of 4 days.

A hall that is put below another changes what sums are of. Then all are taken away, in the same
transaction, after waiting for whoever is summing.
"""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
DROP TRIGGER score_days_added ON score_days;
DROP TRIGGER score_days_changed ON score_days;
DROP TRIGGER score_days_removed ON score_days;
DROP FUNCTION note_score_change();
DROP TABLE score_changes;
DROP TABLE score_months;
DROP TABLE score_boundary;

-- span: 1 a part of a week, 2 a month, 3 a year; begin: its first day.
CREATE TABLE score_sums (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    dimension smallint NOT NULL CHECK (dimension BETWEEN 1 AND 7),
    span smallint NOT NULL CHECK (span BETWEEN 1 AND 3),
    begin date NOT NULL,
    key text NOT NULL,
    level_1 integer NOT NULL CHECK (level_1 >= 0),
    level_2 integer NOT NULL CHECK (level_2 >= 0),
    level_3 integer NOT NULL CHECK (level_3 >= 0),
    level_4 integer NOT NULL CHECK (level_4 >= 0),
    level_5 integer NOT NULL CHECK (level_5 >= 0),
    due integer NOT NULL CHECK (due >= 0),
    due_rated integer NOT NULL CHECK (due_rated >= 0),
    UNIQUE (hall_id, dimension, span, begin, key),
    CHECK (begin = CASE span WHEN 3 THEN date_trunc('year', begin::timestamp)::date
        WHEN 2 THEN date_trunc('month', begin::timestamp)::date
        ELSE greatest(date_trunc('week', begin::timestamp), date_trunc('month', begin::timestamp))::date
        END),
    CHECK (level_1 + level_2 + level_3 + level_4 + level_5 + due + due_rated > 0)
);
CREATE INDEX score_sums_of_key ON score_sums (key, dimension, hall_id, span, begin);

-- All parts, months and years that end before this day, the first of a part, are in score_sums.
-- No row: none is.
CREATE TABLE score_boundary (
    id smallint PRIMARY KEY CHECK (id = 1),
    summed_before date NOT NULL
);

CREATE TABLE score_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hall_id uuid NOT NULL,
    dimension smallint NOT NULL,
    day date NOT NULL,
    key text NOT NULL,
    measure smallint NOT NULL,
    n integer NOT NULL
);

-- One note of the difference where a figure was raised or lowered, which is what happens; a note of
-- each where a row was made another's by hand.
CREATE FUNCTION note_score_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.hall_id, OLD.dimension, OLD.day, OLD.key, OLD.measure)
            = (NEW.hall_id, NEW.dimension, NEW.day, NEW.key, NEW.measure) THEN
            IF NEW.n <> OLD.n THEN
                INSERT INTO score_changes (hall_id, dimension, day, key, measure, n)
                VALUES (NEW.hall_id, NEW.dimension, NEW.day, NEW.key, NEW.measure, NEW.n - OLD.n);
            END IF;
            RETURN NULL;
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO score_changes (hall_id, dimension, day, key, measure, n)
        VALUES (OLD.hall_id, OLD.dimension, OLD.day, OLD.key, OLD.measure, -OLD.n);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO score_changes (hall_id, dimension, day, key, measure, n)
        VALUES (NEW.hall_id, NEW.dimension, NEW.day, NEW.key, NEW.measure, NEW.n);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER score_days_added AFTER INSERT ON score_days FOR EACH ROW
    WHEN (NEW.day < CURRENT_DATE - 3) EXECUTE FUNCTION note_score_change();
CREATE TRIGGER score_days_changed AFTER UPDATE ON score_days FOR EACH ROW
    WHEN (OLD.day < CURRENT_DATE - 3 OR NEW.day < CURRENT_DATE - 3)
    EXECUTE FUNCTION note_score_change();
CREATE TRIGGER score_days_removed AFTER DELETE ON score_days FOR EACH ROW
    WHEN (OLD.day < CURRENT_DATE - 3) EXECUTE FUNCTION note_score_change();

CREATE FUNCTION forget_score_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE score_sums IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM score_boundary;
    DELETE FROM score_sums;
    RETURN NULL;
END
$$;
CREATE TRIGGER halls_moved AFTER UPDATE OF parent_id ON halls FOR EACH ROW
    WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION forget_score_sums();
"""


class Migration(Base):
    dependencies = [("zhangban", "m0033_first_passwords")]
    operations = [RunSQL(SQL)]
