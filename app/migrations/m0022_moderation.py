"""Pushes of the platform, and what is checked of texts and pictures."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE wechat_pushes (
    key varchar(80) PRIMARY KEY,
    received_at timestamptz NOT NULL
);
CREATE INDEX wechat_pushes_received ON wechat_pushes (received_at);

CREATE TABLE content_checks (
    id uuid PRIMARY KEY,
    subject varchar(80) NOT NULL UNIQUE,
    kind varchar(8) NOT NULL CHECK (kind IN ('text', 'image')),
    citizen_id uuid REFERENCES citizens (id),
    hall_id uuid REFERENCES halls (id),
    state varchar(12) NOT NULL CHECK (state IN ('waiting', 'passed', 'held', 'released',
        'kept_out', 'unchecked')),
    why varchar(16) CHECK (why IN ('platform', 'words', 'no_account', 'not_active', 'no_answer',
        'gone', 'unfit', 'off')),
    label integer,
    trace_id varchar(64) UNIQUE,
    tries smallint NOT NULL DEFAULT 0 CHECK (tries >= 0),
    created_at timestamptz NOT NULL,
    asked_at timestamptz,
    judged_at timestamptz,
    decided_by uuid REFERENCES staff (id),
    decided_at timestamptz,
    reason varchar(200),
    CHECK ((state = 'waiting') = (judged_at IS NULL)),
    CHECK ((state IN ('released', 'kept_out')) = (decided_at IS NOT NULL)),
    CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CHECK ((decided_at IS NULL) = (reason IS NULL))
);
CREATE INDEX content_checks_held ON content_checks (hall_id, id)
    WHERE state IN ('held', 'unchecked');
CREATE INDEX content_checks_citizen ON content_checks (citizen_id) WHERE citizen_id IS NOT NULL;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0021_materials_keeping")]
    operations = [RunSQL(SQL)]
