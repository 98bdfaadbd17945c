"""Sums of the score table by month, so that years are read as fast as days.

`score_months` is made from `score_days` and is never the truth. A change of a day that may lie in
a summed month is noted in `score_changes` by the transaction that makes it, whether the month is
summed yet or not: that is an append, which waits for nobody, and a month can be summed without a
lock on the days. Summing takes one snapshot; what is noted in it is in its sum too, and what is
not yet to be seen stays noted. `evaluations.scores.sums` sums months up and adds the notes.

The trigger notes changes of days more than 14 days back, so that hardly any rating fires it; only
months that ended 21 days ago are summed. The database's clock may thus be put back by some days
without a change being missed.
"""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE score_months (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    dimension smallint NOT NULL CHECK (dimension BETWEEN 1 AND 7),
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    key text NOT NULL,
    level_1 integer NOT NULL CHECK (level_1 >= 0),
    level_2 integer NOT NULL CHECK (level_2 >= 0),
    level_3 integer NOT NULL CHECK (level_3 >= 0),
    level_4 integer NOT NULL CHECK (level_4 >= 0),
    level_5 integer NOT NULL CHECK (level_5 >= 0),
    due integer NOT NULL CHECK (due >= 0),
    due_rated integer NOT NULL CHECK (due_rated >= 0),
    UNIQUE (hall_id, dimension, month, key),
    CHECK (level_1 + level_2 + level_3 + level_4 + level_5 + due + due_rated > 0)
);
CREATE INDEX score_months_of_key ON score_months (key, dimension, hall_id, month);

-- All months before this day, the first of a month, are in score_months. No row: none is.
CREATE TABLE score_boundary (
    id smallint PRIMARY KEY CHECK (id = 1),
    summed_before date NOT NULL CHECK (extract(day FROM summed_before) = 1)
);

CREATE TABLE score_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hall_id uuid NOT NULL,
    dimension smallint NOT NULL,
    month date NOT NULL,
    key text NOT NULL,
    measure smallint NOT NULL,
    n integer NOT NULL
);

CREATE FUNCTION note_score_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO score_changes (hall_id, dimension, month, key, measure, n)
        VALUES (OLD.hall_id, OLD.dimension, date_trunc('month', OLD.day::timestamp)::date, OLD.key,
            OLD.measure, -OLD.n);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO score_changes (hall_id, dimension, month, key, measure, n)
        VALUES (NEW.hall_id, NEW.dimension, date_trunc('month', NEW.day::timestamp)::date, NEW.key,
            NEW.measure, NEW.n);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER score_days_added AFTER INSERT ON score_days FOR EACH ROW
    WHEN (NEW.day < CURRENT_DATE - 14) EXECUTE FUNCTION note_score_change();
CREATE TRIGGER score_days_changed AFTER UPDATE ON score_days FOR EACH ROW
    WHEN (OLD.day < CURRENT_DATE - 14 OR NEW.day < CURRENT_DATE - 14)
    EXECUTE FUNCTION note_score_change();
CREATE TRIGGER score_days_removed AFTER DELETE ON score_days FOR EACH ROW
    WHEN (OLD.day < CURRENT_DATE - 14) EXECUTE FUNCTION note_score_change();

-- With the measure in the index, a level that is rare costs no look at the rows of the others.
DROP INDEX score_days_of_key;
CREATE INDEX score_days_of_key ON score_days (key, dimension, hall_id, day, measure);
"""


class Migration(Base):
    dependencies = [("zhangban", "m0030_desk")]
    operations = [RunSQL(SQL)]
