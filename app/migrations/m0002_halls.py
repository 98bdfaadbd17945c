"""Halls, their days, departments, windows, staff with roles, and who is on duty where."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE halls (
    id uuid PRIMARY KEY,
    parent_id uuid REFERENCES halls (id),
    code varchar(32) NOT NULL UNIQUE,
    name varchar(60) NOT NULL,
    level varchar(8) NOT NULL CHECK (level IN ('city', 'county', 'town', 'village')),
    region_code char(6) NOT NULL CHECK (region_code ~ '^[0-9]{6}$'),
    address varchar(200) NOT NULL DEFAULT '',
    phone varchar(40) NOT NULL DEFAULT '',
    hours varchar(200) NOT NULL DEFAULT '',
    CHECK (parent_id <> id)
);
CREATE INDEX halls_parent ON halls (parent_id);

CREATE FUNCTION hall_and_below(top uuid) RETURNS TABLE (id uuid) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE tree AS (
        SELECT h.id FROM halls h WHERE h.id = top
        UNION SELECT h.id FROM halls h JOIN tree ON h.parent_id = tree.id
    ) SELECT tree.id FROM tree
$$;

CREATE TABLE hall_days (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    day date NOT NULL,
    open boolean NOT NULL,
    reason varchar(100) NOT NULL,
    UNIQUE (hall_id, day)
);

CREATE TABLE departments (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    name varchar(60) NOT NULL,
    code varchar(32),
    UNIQUE (hall_id, name)
);

CREATE TABLE windows (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    number varchar(16) NOT NULL,
    name varchar(60) NOT NULL,
    department_id uuid REFERENCES departments (id),
    UNIQUE (hall_id, number)
);
CREATE INDEX windows_department ON windows (department_id);

CREATE TABLE staff (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    number varchar(16) NOT NULL,
    name varchar(60) NOT NULL,
    login varchar(40) NOT NULL UNIQUE CHECK (login = lower(login)),
    password_hash varchar(200) NOT NULL,
    failed_attempts smallint NOT NULL DEFAULT 0,
    locked_until timestamptz,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    UNIQUE (hall_id, number)
);

CREATE TABLE staff_roles (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff (id),
    role varchar(16) NOT NULL
        CHECK (role IN ('clerk', 'reviewer', 'supervisor', 'manager', 'admin')),
    hall_id uuid NOT NULL REFERENCES halls (id),
    department_id uuid REFERENCES departments (id),
    UNIQUE NULLS NOT DISTINCT (staff_id, role, hall_id, department_id)
);

CREATE TABLE duties (
    id uuid PRIMARY KEY,
    window_id uuid NOT NULL REFERENCES windows (id),
    staff_id uuid NOT NULL REFERENCES staff (id),
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK (ended_at >= started_at)
);
CREATE UNIQUE INDEX duties_one_a_window ON duties (window_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX duties_one_a_person ON duties (staff_id) WHERE ended_at IS NULL;
CREATE INDEX duties_window ON duties (window_id, started_at);
"""


class Migration(Base):
    dependencies = [("zhangban", "m0001_core")]
    operations = [RunSQL(SQL)]
