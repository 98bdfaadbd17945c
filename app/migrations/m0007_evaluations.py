"""Evaluators, what can be rated, the ratings, and the score table."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE devices (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    window_id uuid REFERENCES windows (id),
    name varchar(60) NOT NULL,
    model varchar(60) NOT NULL,
    secret bytea,
    enrol_code_hash bytea UNIQUE CHECK (length(enrol_code_hash) = 32),
    enrol_until timestamptz,
    enrolled_at timestamptz,
    revoked_at timestamptz,
    last_seen_at timestamptz,
    clock_offset_ms integer,
    version varchar(40),
    created_at timestamptz NOT NULL,
    CHECK ((secret IS NULL) = (enrolled_at IS NULL)),
    CHECK ((enrol_code_hash IS NULL) = (enrol_until IS NULL))
);
CREATE INDEX devices_hall ON devices (hall_id, id);
CREATE INDEX devices_window ON devices (window_id);

CREATE TABLE services (
    id uuid PRIMARY KEY,
    kind varchar(8) NOT NULL CHECK (kind IN ('visit', 'case')),
    subject varchar(80) NOT NULL UNIQUE,
    hall_id uuid NOT NULL REFERENCES halls (id),
    department_id uuid REFERENCES departments (id),
    window_id uuid REFERENCES windows (id),
    staff_id uuid REFERENCES staff (id),
    item_id uuid REFERENCES items (id),
    item_name varchar(200) NOT NULL,
    citizen_id uuid REFERENCES citizens (id),
    project_no varchar(40),
    service_number smallint NOT NULL CHECK (service_number > 0),
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    rateable_until timestamptz,
    created_at timestamptz NOT NULL,
    UNIQUE (project_no, service_number),
    CHECK (ended_at >= started_at),
    CHECK ((ended_at IS NULL) = (rateable_until IS NULL)),
    CHECK (kind = 'visit' OR ended_at IS NOT NULL),
    CHECK (kind <> 'visit' OR window_id IS NOT NULL)
);
CREATE UNIQUE INDEX services_one_open_a_window ON services (window_id)
    WHERE kind = 'visit' AND ended_at IS NULL;
CREATE INDEX services_citizen ON services (citizen_id, id) WHERE citizen_id IS NOT NULL;
CREATE INDEX services_item ON services (item_id, started_at) WHERE item_id IS NOT NULL;
-- The scores were raised under these: they never change afterwards.
CREATE TRIGGER services_stay_where_they_are
    BEFORE UPDATE OF kind, subject, hall_id, department_id, window_id, staff_id, item_id,
        citizen_id, started_at OR DELETE ON services
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER services_end_once BEFORE UPDATE OF ended_at ON services
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TABLE ratings (
    id uuid PRIMARY KEY,
    service_id uuid NOT NULL UNIQUE REFERENCES services (id),
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 5),
    tags text[] NOT NULL,
    tags_version varchar(16) NOT NULL,
    comment varchar(150) NOT NULL,
    channel smallint NOT NULL CHECK (channel BETWEEN 1 AND 8),
    device_id uuid REFERENCES devices (id),
    event_id uuid,
    citizen_id uuid REFERENCES citizens (id),
    raw_level smallint,
    happened_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    clock_offset_ms integer NOT NULL,
    day date NOT NULL,
    UNIQUE (device_id, event_id),
    CHECK ((device_id IS NULL) = (event_id IS NULL)),
    CHECK (device_id IS NOT NULL OR citizen_id IS NOT NULL),
    CHECK (level > 2 OR cardinality(tags) > 0 OR comment ~ '\\S')
);
CREATE INDEX ratings_citizen ON ratings (citizen_id, id) WHERE citizen_id IS NOT NULL;
CREATE TRIGGER ratings_stay BEFORE UPDATE OR DELETE ON ratings
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE score_days (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    dimension smallint NOT NULL CHECK (dimension BETWEEN 1 AND 7),
    day date NOT NULL,
    key text NOT NULL,
    measure smallint NOT NULL CHECK (measure IN (0, 1, 2, 3, 4, 5, 9)),
    n integer NOT NULL CHECK (n > 0),
    UNIQUE (hall_id, dimension, day, key, measure)
) WITH (fillfactor = 60);
"""


class Migration(Base):
    dependencies = [("zhangban", "m0006_notices")]
    operations = [RunSQL(SQL)]
