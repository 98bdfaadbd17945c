"""Cases: applications, their materials, tasks, timeline, receipts and proposals."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE case_serials (
    scope varchar(14) PRIMARY KEY CHECK (scope ~ '^[0-9]{14}$'),
    last_given integer NOT NULL CHECK (last_given BETWEEN 1 AND 999999)
);

CREATE TABLE cases (
    id uuid PRIMARY KEY,
    number char(21) NOT NULL UNIQUE CHECK (number ~ '^[0-9]{21}$'),
    hall_id uuid NOT NULL REFERENCES halls (id),
    item_id uuid NOT NULL REFERENCES items (id),
    version_id uuid NOT NULL REFERENCES item_versions (id),
    department_id uuid NOT NULL REFERENCES departments (id),
    bundle boolean NOT NULL,
    item_name varchar(200) NOT NULL,
    applicant_id uuid NOT NULL REFERENCES citizens (id),
    applicant_name bytea NOT NULL,
    applicant_phone bytea NOT NULL,
    applicant_id_number bytea NOT NULL,
    form bytea NOT NULL,
    delivery varchar(12) NOT NULL CHECK (delivery IN ('electronic', 'counter', 'post')),
    delivery_address bytea,
    state varchar(16) NOT NULL CHECK (state IN ('submitted', 'correction', 'under_review',
        'granted', 'refused', 'issued', 'closed', 'not_accepted', 'withdrawn')),
    corrections smallint NOT NULL DEFAULT 0,
    stage smallint,
    promised_days smallint NOT NULL,
    legal_days smallint NOT NULL,
    promised_due date,
    legal_due date,
    due_provisional boolean NOT NULL DEFAULT false,
    result jsonb,
    tracking_number varchar(40),
    window_id uuid REFERENCES windows (id),
    accepted_by uuid REFERENCES staff (id),
    submitted_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    accepted_at timestamptz,
    decided_at timestamptz,
    issued_at timestamptz,
    closed_at timestamptz,
    CHECK ((delivery = 'post') = (delivery_address IS NOT NULL)),
    CHECK (state NOT IN ('under_review', 'granted', 'refused', 'issued', 'closed')
        OR (accepted_at IS NOT NULL AND promised_due IS NOT NULL AND legal_due IS NOT NULL)),
    CHECK (state NOT IN ('granted', 'refused', 'issued', 'closed') OR decided_at IS NOT NULL)
);
CREATE INDEX cases_applicant ON cases (applicant_id, id);
CREATE INDEX cases_hall_state ON cases (hall_id, state, id);
CREATE INDEX cases_due ON cases (hall_id, promised_due) WHERE state = 'under_review';
CREATE INDEX cases_item ON cases (item_id);

CREATE TABLE case_materials (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    requirement varchar(40) NOT NULL,
    material_id uuid NOT NULL REFERENCES materials (id),
    added_at timestamptz NOT NULL,
    UNIQUE (case_id, requirement, material_id)
);
CREATE INDEX case_materials_material ON case_materials (material_id);

CREATE TABLE case_tasks (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    stage smallint NOT NULL CHECK (stage > 0),
    stage_name varchar(60) NOT NULL,
    department_id uuid NOT NULL REFERENCES departments (id),
    days smallint NOT NULL,
    state varchar(8) NOT NULL CHECK (state IN ('waiting', 'open', 'granted', 'refused', 'ended')),
    opened_at timestamptz,
    due date,
    decided_by uuid REFERENCES staff (id),
    decided_at timestamptz,
    opinion varchar(500),
    UNIQUE (case_id, stage, department_id),
    CHECK ((state IN ('granted', 'refused')) = (decided_at IS NOT NULL)),
    CHECK (state = 'ended' OR (state = 'waiting') = (opened_at IS NULL))
);
CREATE INDEX case_tasks_open ON case_tasks (department_id, id) WHERE state = 'open';

CREATE TABLE case_events (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    kind varchar(24) NOT NULL,
    at timestamptz NOT NULL,
    actor varchar(64) NOT NULL,
    by_name varchar(80) NOT NULL,
    note varchar(500) NOT NULL DEFAULT ''
);
CREATE INDEX case_events_case ON case_events (case_id, id);
CREATE TRIGGER case_events_stay BEFORE UPDATE OR DELETE ON case_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE case_receipts (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    serial smallint NOT NULL,
    kind varchar(16) NOT NULL
        CHECK (kind IN ('accepted', 'not_accepted', 'correction', 'granted', 'refused')),
    number varchar(24) NOT NULL UNIQUE,
    issued_at timestamptz NOT NULL,
    title varchar(60) NOT NULL,
    lines jsonb NOT NULL,
    UNIQUE (case_id, serial)
);
CREATE TRIGGER case_receipts_stay BEFORE UPDATE OR DELETE ON case_receipts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE case_proposals (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    task_id uuid REFERENCES case_tasks (id),
    kind varchar(16) NOT NULL CHECK (kind IN ('not_accept', 'refuse', 'correct_again')),
    proposed_by uuid NOT NULL REFERENCES staff (id),
    proposed_at timestamptz NOT NULL,
    reason varchar(500) NOT NULL,
    basis varchar(300) NOT NULL,
    points jsonb NOT NULL,
    state varchar(8) NOT NULL CHECK (state IN ('open', 'agreed', 'declined', 'moot')),
    second_id uuid REFERENCES staff (id),
    second_at timestamptz,
    second_note varchar(500),
    CHECK (second_id <> proposed_by),
    CHECK ((kind = 'refuse') = (task_id IS NOT NULL))
);
CREATE UNIQUE INDEX case_proposals_one_open ON case_proposals
    (case_id, (coalesce(task_id, case_id))) WHERE state = 'open';
CREATE INDEX case_proposals_case ON case_proposals (case_id);
"""


class Migration(Base):
    dependencies = [("zhangban", "m0007_evaluations")]
    operations = [RunSQL(SQL)]
