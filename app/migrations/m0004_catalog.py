"""The catalogue: service items and their versions. What a version says never changes."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = r"""
CREATE TABLE items (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    implementation_code varchar(80) NOT NULL CHECK (implementation_code ~ '\S'),
    department_id uuid NOT NULL REFERENCES departments (id),
    bundle boolean NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (hall_id, implementation_code),
    UNIQUE (id, hall_id)
);
CREATE INDEX items_department ON items (department_id);

CREATE TABLE item_versions (
    id uuid PRIMARY KEY,
    item_id uuid NOT NULL,
    hall_id uuid NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    state varchar(16) NOT NULL CHECK (state IN ('draft', 'published', 'withdrawn')),
    name varchar(200) NOT NULL CHECK (name ~ '\S'),
    group_name varchar(200) NOT NULL DEFAULT '',
    kind_code smallint NOT NULL CHECK (kind_code IN (1, 5, 7, 8, 9, 10, 20)),
    case_type varchar(16) NOT NULL CHECK (case_type IN ('instant', 'promised')),
    served_objects text[] NOT NULL
        CHECK (served_objects <@ ARRAY['person', 'legal'] AND cardinality(served_objects) > 0),
    department_id uuid NOT NULL REFERENCES departments (id),
    department_code varchar(80) NOT NULL DEFAULT '',
    region_code varchar(20) NOT NULL DEFAULT '',
    legal_days smallint NOT NULL CHECK (legal_days >= 0),
    promised_days smallint NOT NULL CHECK (promised_days >= 0),
    limits_given boolean NOT NULL,
    visits smallint NOT NULL CHECK (visits >= 0),
    instant_service boolean NOT NULL,
    online boolean NOT NULL,
    nearby boolean NOT NULL,
    one_visit boolean NOT NULL,
    on_phone boolean NOT NULL,
    guide jsonb NOT NULL,
    stages jsonb NOT NULL,
    content_digest bytea NOT NULL CHECK (length(content_digest) = 32),
    search_text text NOT NULL,
    created_at timestamptz NOT NULL,
    published_at timestamptz,
    withdrawn_at timestamptz,
    UNIQUE (item_id, number),
    FOREIGN KEY (item_id, hall_id) REFERENCES items (id, hall_id),
    CHECK (promised_days <= legal_days),
    CHECK (state <> 'published' OR (published_at IS NOT NULL AND withdrawn_at IS NULL)),
    CHECK (state <> 'withdrawn' OR withdrawn_at IS NOT NULL)
);
CREATE UNIQUE INDEX item_versions_one_published ON item_versions (item_id)
    WHERE state = 'published';
CREATE INDEX item_versions_of_hall ON item_versions (hall_id, item_id)
    WHERE state = 'published';
CREATE INDEX item_versions_of_department ON item_versions (department_id, item_id)
    WHERE state = 'published';
CREATE INDEX item_versions_of_kind ON item_versions (hall_id, kind_code, item_id)
    WHERE state = 'published';

CREATE FUNCTION item_versions_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving constant text[] := ARRAY['state', 'published_at', 'withdrawn_at'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving
        OR (OLD.state = 'withdrawn' AND NEW.state <> 'withdrawn')
        OR (OLD.state = 'published' AND NEW.state = 'draft') THEN
        RAISE EXCEPTION 'a version of a service item is never changed: make a new one'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER item_versions_stay BEFORE UPDATE OR DELETE ON item_versions
    FOR EACH ROW EXECUTE FUNCTION item_versions_stay();
"""


class Migration(Base):
    dependencies = [("zhangban", "m0003_citizens")]
    operations = [RunSQL(SQL)]
