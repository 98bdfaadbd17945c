"""Construction projects, joint meetings, fees and certificates handed over at once."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE joint_serials (
    scope varchar(12) PRIMARY KEY,
    last_given integer NOT NULL CHECK (last_given > 0)
);

CREATE TABLE projects (
    id uuid PRIMARY KEY,
    number varchar(18) NOT NULL UNIQUE,
    hall_id uuid NOT NULL REFERENCES halls (id),
    name varchar(200) NOT NULL,
    kind varchar(12) NOT NULL CHECK (kind IN ('government', 'private')),
    owner_id uuid NOT NULL REFERENCES citizens (id),
    enterprise_id uuid,
    owner_name bytea NOT NULL,
    site bytea NOT NULL,
    state varchar(8) NOT NULL CHECK (state IN ('open', 'closed')),
    created_at timestamptz NOT NULL,
    created_by varchar(64) NOT NULL,
    closed_at timestamptz,
    closed_why varchar(500),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL AND closed_why IS NOT NULL))
);
CREATE INDEX projects_owner ON projects (owner_id, id);
CREATE INDEX projects_enterprise ON projects (enterprise_id, id) WHERE enterprise_id IS NOT NULL;
CREATE INDEX projects_hall ON projects (hall_id, id);
CREATE TRIGGER projects_keep_their_number BEFORE UPDATE OF number, hall_id OR DELETE ON projects
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE project_cases (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES projects (id),
    case_id uuid NOT NULL REFERENCES cases (id),
    stage smallint CHECK (stage BETWEEN 1 AND 4),
    attached_at timestamptz NOT NULL,
    attached_by varchar(64) NOT NULL,
    detached_at timestamptz,
    detached_by varchar(64),
    CHECK ((detached_at IS NULL) = (detached_by IS NULL))
);
CREATE UNIQUE INDEX project_cases_one_project ON project_cases (case_id)
    WHERE detached_at IS NULL;
CREATE INDEX project_cases_project ON project_cases (project_id) WHERE detached_at IS NULL;

CREATE TABLE project_claims (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL UNIQUE REFERENCES cases (id),
    hall_id uuid NOT NULL REFERENCES halls (id),
    number varchar(40) NOT NULL,
    why varchar(12) NOT NULL CHECK (why IN ('unknown', 'other_owner', 'other_hall', 'closed')),
    claimed_at timestamptz NOT NULL,
    state varchar(10) NOT NULL CHECK (state IN ('open', 'linked', 'dismissed')),
    settled_by uuid REFERENCES staff (id),
    settled_at timestamptz,
    note varchar(500) NOT NULL DEFAULT '',
    CHECK ((state = 'open') = (settled_at IS NULL))
);
CREATE INDEX project_claims_open ON project_claims (hall_id, id) WHERE state = 'open';

CREATE TABLE project_stage_items (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    item_id uuid NOT NULL REFERENCES items (id),
    stage smallint NOT NULL CHECK (stage BETWEEN 1 AND 4),
    required boolean NOT NULL,
    name varchar(200) NOT NULL,
    UNIQUE (hall_id, item_id)
);

CREATE TABLE meetings (
    id uuid PRIMARY KEY,
    number varchar(18) NOT NULL UNIQUE,
    hall_id uuid NOT NULL REFERENCES halls (id),
    kind varchar(12) NOT NULL
        CHECK (kind IN ('notice', 'review', 'consultation', 'site_visit', 'acceptance')),
    project_id uuid REFERENCES projects (id),
    case_id uuid REFERENCES cases (id),
    lead_id uuid NOT NULL REFERENCES departments (id),
    title varchar(200) NOT NULL,
    place varchar(200) NOT NULL,
    starts_at timestamptz NOT NULL,
    state varchar(10) NOT NULL
        CHECK (state IN ('called', 'held', 'minuted', 'closed', 'cancelled')),
    called_by uuid NOT NULL REFERENCES staff (id),
    called_at timestamptz NOT NULL,
    held_at timestamptz,
    minutes text,
    round smallint NOT NULL DEFAULT 0 CHECK (round >= 0),
    minuted_by uuid REFERENCES staff (id),
    minuted_at timestamptz,
    closed_by uuid REFERENCES staff (id),
    closed_at timestamptz,
    cancelled_why varchar(500),
    document_id uuid REFERENCES documents (id),
    CHECK (project_id IS NULL OR case_id IS NULL),
    CHECK (state IN ('called', 'cancelled') OR held_at IS NOT NULL),
    CHECK (state NOT IN ('minuted', 'closed') OR (minutes IS NOT NULL AND round > 0)),
    CHECK ((state IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)),
    CHECK ((state = 'closed') = (document_id IS NOT NULL)),
    CHECK ((state = 'cancelled') = (cancelled_why IS NOT NULL))
);
CREATE INDEX meetings_hall ON meetings (hall_id, id);
CREATE INDEX meetings_project ON meetings (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX meetings_case ON meetings (case_id, id) WHERE case_id IS NOT NULL;
CREATE TRIGGER meetings_stay BEFORE UPDATE ON meetings
    FOR EACH ROW WHEN (OLD.state IN ('closed', 'cancelled')) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER meetings_are_never_deleted BEFORE DELETE ON meetings
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_when_meeting_is_over() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of uuid := CASE WHEN TG_OP = 'INSERT' THEN NEW.meeting_id ELSE OLD.meeting_id END;
BEGIN
    IF TG_OP = 'DELETE'
        OR EXISTS (SELECT 1 FROM meetings m WHERE m.id = of AND m.state IN ('closed', 'cancelled'))
    THEN
        RAISE EXCEPTION '% rows of a meeting that is over are never changed', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TABLE meeting_items (
    id uuid PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES meetings (id),
    position smallint NOT NULL CHECK (position > 0),
    subject varchar(200) NOT NULL,
    conclusion varchar(1000),
    UNIQUE (meeting_id, position)
);
CREATE TRIGGER meeting_items_stay BEFORE INSERT OR UPDATE OR DELETE ON meeting_items
    FOR EACH ROW EXECUTE FUNCTION refuse_when_meeting_is_over();

CREATE TABLE meeting_departments (
    id uuid PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES meetings (id),
    department_id uuid NOT NULL REFERENCES departments (id),
    coming boolean,
    reply_note varchar(500) NOT NULL DEFAULT '',
    replied_by uuid REFERENCES staff (id),
    replied_at timestamptz,
    attended boolean,
    people text[] NOT NULL DEFAULT '{}',
    UNIQUE (meeting_id, department_id),
    CHECK ((coming IS NULL) = (replied_at IS NULL))
);
CREATE INDEX meeting_departments_of ON meeting_departments (department_id, meeting_id);
CREATE TRIGGER meeting_departments_stay BEFORE INSERT OR UPDATE OR DELETE ON meeting_departments
    FOR EACH ROW EXECUTE FUNCTION refuse_when_meeting_is_over();

CREATE TABLE meeting_words (
    id uuid PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES meetings (id),
    position smallint NOT NULL,
    department_id uuid NOT NULL REFERENCES departments (id),
    word varchar(8) NOT NULL CHECK (word IN ('agree', 'disagree', 'absent')),
    reason varchar(500) NOT NULL DEFAULT '',
    basis varchar(300) NOT NULL DEFAULT '',
    FOREIGN KEY (meeting_id, position) REFERENCES meeting_items (meeting_id, position),
    UNIQUE (meeting_id, position, department_id),
    CHECK (word <> 'disagree' OR (reason <> '' AND basis <> ''))
);
CREATE TRIGGER meeting_words_stay BEFORE INSERT OR UPDATE OR DELETE ON meeting_words
    FOR EACH ROW EXECUTE FUNCTION refuse_when_meeting_is_over();

CREATE TABLE meeting_answers (
    id uuid PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES meetings (id),
    round smallint NOT NULL,
    department_id uuid NOT NULL REFERENCES departments (id),
    answer varchar(10) NOT NULL CHECK (answer IN ('confirmed', 'objected')),
    text varchar(500) NOT NULL DEFAULT '',
    answered_by uuid NOT NULL REFERENCES staff (id),
    answered_at timestamptz NOT NULL,
    UNIQUE (meeting_id, round, department_id),
    CHECK (answer <> 'objected' OR text <> '')
);
CREATE TRIGGER meeting_answers_stay BEFORE UPDATE OR DELETE ON meeting_answers
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER meeting_answers_in_time BEFORE INSERT ON meeting_answers
    FOR EACH ROW EXECUTE FUNCTION refuse_when_meeting_is_over();

CREATE TABLE meeting_pauses (
    id uuid PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES meetings (id),
    case_id uuid NOT NULL REFERENCES cases (id),
    pause_id uuid NOT NULL REFERENCES case_pauses (id),
    UNIQUE (meeting_id, case_id)
);

CREATE TABLE meeting_absences (
    id uuid PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES meetings (id),
    case_id uuid NOT NULL REFERENCES cases (id),
    department_id uuid NOT NULL REFERENCES departments (id),
    agreed boolean NOT NULL,
    at timestamptz NOT NULL,
    UNIQUE (meeting_id, case_id, department_id)
);
CREATE INDEX meeting_absences_case ON meeting_absences (case_id);
CREATE TRIGGER meeting_absences_stay BEFORE UPDATE OR DELETE ON meeting_absences
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE fee_lists (
    case_id uuid PRIMARY KEY REFERENCES cases (id),
    hall_id uuid NOT NULL REFERENCES halls (id),
    opened_at timestamptz NOT NULL,
    opened_by varchar(64) NOT NULL
);

CREATE TABLE fee_payments (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    case_id uuid REFERENCES cases (id),
    project_id uuid REFERENCES projects (id),
    total_fen bigint NOT NULL CHECK (total_fen > 0),
    channel varchar(8) NOT NULL CHECK (channel IN ('cash', 'card', 'transfer', 'online')),
    receipt_number varchar(60) NOT NULL,
    paid_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by varchar(64) NOT NULL,
    client_id uuid REFERENCES api_clients (id),
    report_id varchar(60),
    digest bytea,
    UNIQUE (hall_id, receipt_number),
    UNIQUE (client_id, report_id),
    CHECK ((case_id IS NULL) <> (project_id IS NULL)),
    CHECK ((client_id IS NULL) = (report_id IS NULL)),
    CHECK ((client_id IS NULL) = (digest IS NULL))
);
CREATE TRIGGER fee_payments_stay BEFORE UPDATE OR DELETE ON fee_payments
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE fee_lines (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES fee_lists (case_id),
    position smallint NOT NULL CHECK (position > 0),
    hall_id uuid NOT NULL REFERENCES halls (id),
    department_id uuid NOT NULL REFERENCES departments (id),
    item_name varchar(200) NOT NULL,
    name varchar(200) NOT NULL,
    basis text NOT NULL,
    amount_text varchar(200) NOT NULL,
    amount_fen bigint CHECK (amount_fen > 0),
    calculation varchar(500) NOT NULL DEFAULT '',
    amount_by uuid REFERENCES staff (id),
    amount_at timestamptz,
    state varchar(8) NOT NULL CHECK (state IN ('due', 'paid', 'waived')),
    payment_id uuid REFERENCES fee_payments (id),
    waived_by uuid REFERENCES staff (id),
    waived_at timestamptz,
    waived_why varchar(500),
    waived_basis varchar(300),
    UNIQUE (case_id, position),
    CHECK ((state = 'paid') = (payment_id IS NOT NULL)),
    CHECK (state <> 'paid' OR amount_fen IS NOT NULL),
    CHECK ((state = 'waived') = (waived_at IS NOT NULL AND waived_why IS NOT NULL))
);
CREATE TRIGGER fee_lines_are_paid_once
    BEFORE UPDATE OF amount_fen, state, payment_id OR DELETE ON fee_lines
    FOR EACH ROW WHEN (OLD.state <> 'due') EXECUTE FUNCTION refuse_change();

CREATE TABLE fee_refunds (
    id uuid PRIMARY KEY,
    line_id uuid NOT NULL REFERENCES fee_lines (id),
    hall_id uuid NOT NULL REFERENCES halls (id),
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    reason varchar(500) NOT NULL,
    voucher_number varchar(60) NOT NULL,
    refunded_at timestamptz NOT NULL,
    recorded_by uuid NOT NULL REFERENCES staff (id),
    UNIQUE (hall_id, voucher_number)
);
CREATE INDEX fee_refunds_line ON fee_refunds (line_id);
CREATE TRIGGER fee_refunds_stay BEFORE UPDATE OR DELETE ON fee_refunds
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE handovers (
    id uuid PRIMARY KEY,
    number varchar(18) NOT NULL UNIQUE,
    hall_id uuid NOT NULL REFERENCES halls (id),
    project_id uuid REFERENCES projects (id),
    case_id uuid REFERENCES cases (id),
    handed_at timestamptz NOT NULL,
    handed_by uuid NOT NULL REFERENCES staff (id),
    document_id uuid NOT NULL REFERENCES documents (id),
    CHECK ((case_id IS NULL) <> (project_id IS NULL))
);
CREATE INDEX handovers_project ON handovers (project_id) WHERE project_id IS NOT NULL;
CREATE TRIGGER handovers_stay BEFORE UPDATE OR DELETE ON handovers
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE handover_cases (
    id uuid PRIMARY KEY,
    handover_id uuid NOT NULL REFERENCES handovers (id),
    case_id uuid NOT NULL UNIQUE REFERENCES cases (id)
);
CREATE TRIGGER handover_cases_stay BEFORE UPDATE OR DELETE ON handover_cases
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(Base):
    dependencies = [("zhangban", "m0018_supervision")]
    operations = [RunSQL(SQL)]
