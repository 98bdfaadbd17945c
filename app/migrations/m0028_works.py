"""Long work: imports, exports, reports, with their progress."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE works (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    owner_id uuid NOT NULL REFERENCES staff (id),
    kind varchar(40) NOT NULL,
    title varchar(200) NOT NULL,
    params jsonb NOT NULL,
    fingerprint bytea NOT NULL,
    state varchar(10) NOT NULL
        CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    done integer NOT NULL CHECK (done >= 0),
    total integer NOT NULL CHECK (total >= 0),
    message varchar(300) NOT NULL,
    summary jsonb,
    data_key bytea NOT NULL,
    given_name varchar(200),
    result_name varchar(200),
    result_type varchar(100),
    result_bytes integer,
    attempts smallint NOT NULL,
    run_id uuid,
    beat_at timestamptz,
    cancel_asked_at timestamptz,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    expires_at timestamptz NOT NULL,
    CHECK ((state = 'running') = (run_id IS NOT NULL AND beat_at IS NOT NULL)),
    CHECK ((state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
    CHECK (result_name IS NULL OR state = 'done')
);
CREATE INDEX works_of_owner ON works (owner_id, id DESC);
CREATE INDEX works_of_hall ON works (hall_id);
CREATE INDEX works_to_forget ON works (expires_at) WHERE ended_at IS NOT NULL;
-- The same work asked for twice is one work, as long as it has not ended.
CREATE UNIQUE INDEX works_once ON works (owner_id, fingerprint) WHERE ended_at IS NULL;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0027_accounts_in_full")]
    operations = [RunSQL(SQL)]
