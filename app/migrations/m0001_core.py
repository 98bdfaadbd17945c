"""The ground floor: sessions, first answers, the outbox, the trail, periodic jobs."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    kind varchar(16) NOT NULL CHECK (kind IN ('citizen', 'staff')),
    subject_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_why varchar(64)
);
CREATE INDEX sessions_subject ON sessions (kind, subject_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE first_answers (
    id uuid PRIMARY KEY,
    actor varchar(64) NOT NULL,
    key varchar(128) NOT NULL,
    request_digest bytea NOT NULL,
    status smallint,
    body bytea,
    created_at timestamptz NOT NULL,
    UNIQUE (actor, key)
);
CREATE INDEX first_answers_created ON first_answers (created_at);

CREATE TABLE outbox (
    id uuid PRIMARY KEY,
    topic varchar(64) NOT NULL,
    key varchar(160) NOT NULL,
    payload jsonb NOT NULL,
    state varchar(8) NOT NULL CHECK (state IN ('waiting', 'done', 'dead')),
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    claimed_until timestamptz,
    attempts smallint NOT NULL,
    last_error varchar(300),
    done_at timestamptz,
    UNIQUE (topic, key)
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'waiting';
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
CREATE INDEX outbox_done ON outbox (done_at) WHERE state = 'done';

CREATE TABLE audit_chains (
    id smallint PRIMARY KEY,
    seq bigint NOT NULL,
    digest bytea NOT NULL
);
INSERT INTO audit_chains (id, seq, digest)
    SELECT n, 0, decode(repeat('00', 32), 'hex') FROM generate_series(0, 15) AS n;

CREATE TABLE audit_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain smallint NOT NULL REFERENCES audit_chains (id),
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    actor varchar(64) NOT NULL,
    verb varchar(64) NOT NULL,
    subject varchar(80) NOT NULL,
    hall_id uuid,
    request_id varchar(64),
    data jsonb NOT NULL,
    key_id varchar(32) NOT NULL,
    digest bytea NOT NULL,
    UNIQUE (chain, seq)
);
CREATE INDEX audit_entries_subject ON audit_entries (subject, id);
CREATE INDEX audit_entries_hall ON audit_entries (hall_id, id);
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE periodic_runs (
    name varchar(64) PRIMARY KEY,
    last_at timestamptz NOT NULL
);
"""


class Migration(Base):
    initial = True
    operations = [RunSQL(SQL)]
