"""What an applicant has given or got before, to be used again; certificates, the post, hand-overs;
what other systems report."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE holdings (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES citizens (id),
    enterprise_id uuid REFERENCES enterprises (id),
    type varchar(200) NOT NULL CHECK (type <> ''),
    name varchar(200) NOT NULL,
    source varchar(8) NOT NULL CHECK (source IN ('supplied', 'issued')),
    requirement varchar(40),
    document_id uuid UNIQUE REFERENCES documents (id),
    number varchar(60),
    valid_from date NOT NULL,
    valid_until date,
    from_subject varchar(80) NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_why varchar(500),
    forgotten_at timestamptz,
    UNIQUE (from_subject, requirement),
    CHECK ((source = 'issued') = (document_id IS NOT NULL)),
    CHECK ((source = 'issued') = (number IS NOT NULL)),
    CHECK ((source = 'supplied') = (requirement IS NOT NULL)),
    CHECK (source = 'issued' OR valid_until IS NOT NULL),
    CHECK (valid_until >= valid_from),
    CHECK ((revoked_at IS NULL) = (revoked_why IS NULL))
);
CREATE INDEX holdings_of_citizen ON holdings (owner_id, type) WHERE enterprise_id IS NULL;
CREATE INDEX holdings_of_enterprise ON holdings (enterprise_id, type)
    WHERE enterprise_id IS NOT NULL;
CREATE TRIGGER holdings_stay BEFORE UPDATE OF id, owner_id, enterprise_id, type, name, source,
    requirement, document_id, number, valid_from, valid_until, from_subject, created_at OR DELETE
    ON holdings FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE holding_materials (
    id uuid PRIMARY KEY,
    holding_id uuid NOT NULL REFERENCES holdings (id),
    material_id uuid NOT NULL REFERENCES materials (id),
    position smallint NOT NULL CHECK (position > 0),
    UNIQUE (holding_id, material_id)
);
CREATE INDEX holding_materials_material ON holding_materials (material_id);

CREATE TABLE holding_uses (
    id uuid PRIMARY KEY,
    holding_id uuid NOT NULL REFERENCES holdings (id),
    subject varchar(80) NOT NULL,
    requirement varchar(40) NOT NULL,
    consented_at timestamptz NOT NULL,
    actor varchar(64) NOT NULL,
    UNIQUE (subject, requirement, holding_id)
);
CREATE INDEX holding_uses_holding ON holding_uses (holding_id, id);
CREATE TRIGGER holding_uses_stay BEFORE UPDATE OR DELETE ON holding_uses
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE case_certificates (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    position smallint NOT NULL CHECK (position > 0),
    document_id uuid NOT NULL UNIQUE REFERENCES documents (id),
    department_id uuid NOT NULL REFERENCES departments (id),
    title varchar(200) NOT NULL,
    number varchar(60) NOT NULL,
    valid_until date,
    issued_at timestamptz NOT NULL,
    UNIQUE (case_id, position),
    UNIQUE (case_id, number)
);
CREATE TRIGGER case_certificates_stay BEFORE UPDATE OR DELETE ON case_certificates
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE case_shipments (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    hall_id uuid NOT NULL REFERENCES halls (id),
    attempt smallint NOT NULL CHECK (attempt > 0),
    state varchar(10) NOT NULL CHECK (state IN ('to_post', 'posted', 'in_transit', 'arrived',
        'signed', 'returned', 'cancelled')),
    carrier varchar(40),
    tracking_number varchar(40),
    made_at timestamptz NOT NULL,
    posted_at timestamptz,
    ended_at timestamptz,
    UNIQUE (case_id, attempt),
    CHECK ((carrier IS NULL) = (tracking_number IS NULL)),
    CHECK ((posted_at IS NULL) = (tracking_number IS NULL)),
    CHECK ((state IN ('to_post', 'cancelled')) = (posted_at IS NULL)),
    CHECK ((state IN ('signed', 'returned', 'cancelled')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX case_shipments_one_open ON case_shipments (case_id) WHERE ended_at IS NULL;
CREATE INDEX case_shipments_tracking ON case_shipments (tracking_number, carrier);
CREATE INDEX case_shipments_hall ON case_shipments (hall_id, state, id);

CREATE TABLE shipment_events (
    id uuid PRIMARY KEY,
    shipment_id uuid NOT NULL REFERENCES case_shipments (id),
    state varchar(10) NOT NULL
        CHECK (state IN ('posted', 'in_transit', 'arrived', 'signed', 'returned', 'cancelled')),
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor varchar(64) NOT NULL,
    note varchar(200) NOT NULL,
    moved boolean NOT NULL,
    client_id uuid REFERENCES api_clients (id),
    event_id varchar(64),
    digest bytea CHECK (length(digest) = 32),
    UNIQUE (client_id, event_id, shipment_id),
    CHECK (num_nonnulls(client_id, event_id, digest) IN (0, 3))
);
CREATE INDEX shipment_events_shipment ON shipment_events (shipment_id, id);
CREATE TRIGGER shipment_events_stay BEFORE UPDATE OR DELETE ON shipment_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE case_handovers (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL UNIQUE REFERENCES cases (id),
    way varchar(12) NOT NULL CHECK (way IN ('electronic', 'counter', 'post')),
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor varchar(64) NOT NULL,
    collected_by varchar(10) CHECK (collected_by IN ('applicant', 'agent')),
    agent_name bytea,
    agent_id_number bytea,
    signature_note varchar(200) NOT NULL,
    shipment_id uuid REFERENCES case_shipments (id),
    CHECK ((way = 'counter') = (collected_by IS NOT NULL)),
    CHECK ((way = 'post') = (shipment_id IS NOT NULL)),
    CHECK ((collected_by IS NOT DISTINCT FROM 'agent') = (agent_name IS NOT NULL)),
    CHECK ((agent_name IS NULL) = (agent_id_number IS NULL))
);
CREATE TRIGGER case_handovers_stay BEFORE UPDATE OR DELETE ON case_handovers
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE approval_links (
    id uuid PRIMARY KEY,
    client_id uuid NOT NULL REFERENCES api_clients (id),
    department_id uuid NOT NULL REFERENCES departments (id),
    hall_id uuid NOT NULL REFERENCES halls (id),
    linked_by uuid NOT NULL REFERENCES staff (id),
    linked_at timestamptz NOT NULL,
    ended_by uuid REFERENCES staff (id),
    ended_at timestamptz,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE UNIQUE INDEX approval_links_one_live ON approval_links (client_id, department_id)
    WHERE ended_at IS NULL;
CREATE INDEX approval_links_hall ON approval_links (hall_id, id);

CREATE TABLE approval_reports (
    id uuid PRIMARY KEY,
    client_id uuid NOT NULL REFERENCES api_clients (id),
    report_id varchar(64) NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    case_id uuid NOT NULL REFERENCES cases (id),
    task_id uuid NOT NULL REFERENCES case_tasks (id),
    department_id uuid NOT NULL REFERENCES departments (id),
    kind varchar(10) NOT NULL
        CHECK (kind IN ('received', 'reviewing', 'paused', 'resumed', 'agreed', 'refused')),
    at timestamptz NOT NULL,
    by_name varchar(60) NOT NULL,
    opinion varchar(500) NOT NULL,
    basis varchar(300) NOT NULL,
    outcome varchar(10) NOT NULL CHECK (outcome IN ('applied', 'proposed', 'late')),
    received_at timestamptz NOT NULL,
    UNIQUE (client_id, report_id)
);
CREATE INDEX approval_reports_task ON approval_reports (task_id, id);
CREATE TRIGGER approval_reports_stay BEFORE UPDATE OR DELETE ON approval_reports
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(Base):
    dependencies = [("zhangban", "m0016_cases_in_full")]
    operations = [RunSQL(SQL)]
