"""The exchange with the province: what is to be sent, and how far the queue has read."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE exchange_pushes (
    id uuid PRIMARY KEY,
    kind varchar(8) NOT NULL CHECK (kind IN ('record', 'rating')),
    service_id uuid NOT NULL REFERENCES services (id),
    hall_id uuid NOT NULL REFERENCES halls (id),
    project_no varchar(40) NOT NULL,
    service_number smallint NOT NULL,
    state varchar(10) NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'accepted', 'rejected', 'no_answer')),
    code varchar(16),
    reason varchar(200),
    attempts smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    due_at timestamptz,
    claimed_until timestamptz,
    sent_at timestamptz,
    answered_at timestamptz,
    CHECK ((kind = 'record') = (id = service_id)),
    CHECK ((state IN ('accepted', 'rejected')) = (answered_at IS NOT NULL)),
    CHECK (state <> 'rejected' OR (code IS NOT NULL AND reason IS NOT NULL)),
    CHECK (state <> 'no_answer' OR reason IS NOT NULL)
);
CREATE UNIQUE INDEX exchange_pushes_one_rating ON exchange_pushes (service_id)
    WHERE kind = 'rating';
CREATE INDEX exchange_pushes_due ON exchange_pushes (kind, due_at)
    WHERE state IN ('waiting', 'no_answer') AND due_at IS NOT NULL;
CREATE INDEX exchange_pushes_held ON exchange_pushes (kind, service_id)
    WHERE state = 'waiting' AND due_at IS NULL;
CREATE INDEX exchange_pushes_hall ON exchange_pushes (hall_id, id) INCLUDE (kind, state);
CREATE INDEX exchange_pushes_open ON exchange_pushes (hall_id, state, id)
    WHERE state <> 'accepted';

CREATE TABLE exchange_marks (
    kind varchar(8) PRIMARY KEY CHECK (kind IN ('record', 'rating')),
    last_id uuid NOT NULL
);
"""


class Migration(Base):
    dependencies = [("zhangban", "m0011_publication")]
    operations = [RunSQL(SQL)]
