"""Cases in full: drafts, situations, pre-checks, deferrals, pledges, pauses, extensions, lights."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
ALTER TABLE cases
    ADD COLUMN answers jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN filed_by varchar(12) NOT NULL DEFAULT 'applicant'
        CHECK (filed_by IN ('applicant', 'operator', 'helper', 'window')),
    ADD COLUMN enterprise_id uuid REFERENCES enterprises (id),
    ADD COLUMN enterprise_name varchar(200),
    ADD COLUMN enterprise_code varchar(18),
    ADD COLUMN consent_id uuid REFERENCES assistance_consents (id),
    ADD COLUMN project_number varchar(40),
    ADD COLUMN pre_checked_at timestamptz,
    ADD COLUMN deemed boolean NOT NULL DEFAULT false,
    ADD COLUMN clock_from date,
    ADD COLUMN paused_since date,
    ADD COLUMN extended_days smallint NOT NULL DEFAULT 0 CHECK (extended_days >= 0),
    ADD COLUMN suspended_at timestamptz,
    ADD COLUMN decision varchar(8) CHECK (decision IN ('granted', 'refused')),
    ADD COLUMN used_days smallint CHECK (used_days >= 0),
    ADD COLUMN accept_due date,
    ADD COLUMN delivery_due date,
    ADD COLUMN correction jsonb,
    ADD CHECK ((enterprise_id IS NULL) = (enterprise_name IS NULL)),
    ADD CHECK ((enterprise_id IS NULL) = (enterprise_code IS NULL));
UPDATE cases SET clock_from = (accepted_at AT TIME ZONE 'Asia/Shanghai')::date
    WHERE accepted_at IS NOT NULL;
UPDATE cases c SET decision = CASE WHEN EXISTS (SELECT 1 FROM case_receipts r
    WHERE r.case_id = c.id AND r.kind = 'refused') THEN 'refused' ELSE 'granted' END
    WHERE decided_at IS NOT NULL;
ALTER TABLE cases DROP CONSTRAINT cases_state_check;
ALTER TABLE cases ADD CONSTRAINT cases_state_check CHECK (state IN ('submitted', 'pre_checked',
    'correction', 'under_review', 'suspended', 'granted', 'refused', 'issued', 'closed',
    'not_accepted', 'withdrawn', 'terminated', 'revoked'));
ALTER TABLE cases
    ADD CHECK (state NOT IN ('suspended', 'terminated', 'revoked') OR (accepted_at IS NOT NULL
        AND promised_due IS NOT NULL AND legal_due IS NOT NULL)),
    ADD CHECK ((decided_at IS NULL) = (decision IS NULL)),
    ADD CHECK (accepted_at IS NULL OR clock_from IS NOT NULL),
    ADD CHECK (state <> 'revoked' OR decision = 'granted');
CREATE INDEX cases_enterprise ON cases (enterprise_id, id) WHERE enterprise_id IS NOT NULL;
CREATE INDEX cases_consent ON cases (consent_id, id) WHERE consent_id IS NOT NULL;
CREATE INDEX cases_project ON cases (project_number) WHERE project_number IS NOT NULL;
CREATE INDEX cases_submitted ON cases (submitted_at);
CREATE INDEX cases_accept_due ON cases (accept_due) WHERE state IN ('submitted', 'pre_checked');
CREATE INDEX cases_delivery_due ON cases (hall_id, delivery_due)
    WHERE state IN ('granted', 'refused', 'issued');

ALTER TABLE case_tasks
    ADD COLUMN lead boolean NOT NULL DEFAULT false,
    ADD COLUMN overdue_agrees boolean NOT NULL DEFAULT false,
    ADD COLUMN absent_agrees boolean NOT NULL DEFAULT false,
    ADD COLUMN joint varchar(12) NOT NULL DEFAULT 'none'
        CHECK (joint IN ('none', 'site_visit', 'acceptance')),
    ADD COLUMN by_default varchar(8) CHECK (by_default IN ('overdue', 'absent')),
    ADD COLUMN decided_client uuid REFERENCES api_clients (id),
    ADD CHECK (by_default IS NULL OR state = 'granted'),
    ADD CHECK (by_default IS DISTINCT FROM 'overdue' OR overdue_agrees),
    ADD CHECK (by_default IS DISTINCT FROM 'absent' OR absent_agrees),
    ADD CHECK (by_default IS NULL OR (decided_by IS NULL AND decided_client IS NULL));
CREATE INDEX case_tasks_due ON case_tasks (due) WHERE state = 'open';

ALTER TABLE case_receipts DROP CONSTRAINT case_receipts_kind_check;

ALTER TABLE case_proposals
    ALTER COLUMN proposed_by DROP NOT NULL,
    ADD COLUMN proposed_client uuid REFERENCES api_clients (id),
    ADD COLUMN days smallint CHECK (days > 0),
    DROP CONSTRAINT case_proposals_kind_check,
    ADD CONSTRAINT case_proposals_kind_check CHECK (kind IN ('not_accept', 'refuse',
        'correct_again', 'extend', 'terminate', 'revoke')),
    ADD CHECK (num_nonnulls(proposed_by, proposed_client) = 1),
    ADD CHECK ((kind = 'extend') = (days IS NOT NULL));

CREATE TABLE case_drafts (
    id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL REFERENCES citizens (id),
    item_id uuid NOT NULL REFERENCES items (id),
    version_id uuid NOT NULL REFERENCES item_versions (id),
    content bytea NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (citizen_id, item_id)
);
CREATE INDEX case_drafts_old ON case_drafts (updated_at);

CREATE TABLE material_holds (
    id uuid PRIMARY KEY,
    material_id uuid NOT NULL REFERENCES materials (id) ON DELETE CASCADE,
    holder varchar(80) NOT NULL,
    UNIQUE (material_id, holder)
);
CREATE INDEX material_holds_holder ON material_holds (holder);

CREATE TABLE case_pauses (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    task_id uuid REFERENCES case_tasks (id),
    kind varchar(16) NOT NULL CHECK (kind IN ('hearing', 'inspection', 'appraisal',
        'expert_review', 'site_visit', 'correction', 'deferral')),
    reason varchar(500) NOT NULL,
    basis varchar(300) NOT NULL,
    expected_days smallint CHECK (expected_days > 0),
    began_at timestamptz NOT NULL,
    began_by varchar(64) NOT NULL,
    ended_at timestamptz,
    ended_by varchar(64),
    CHECK (ended_at IS NULL OR ended_at >= began_at),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX case_pauses_case ON case_pauses (case_id);
CREATE UNIQUE INDEX case_pauses_one_open ON case_pauses (case_id, kind, (coalesce(task_id, case_id)))
    WHERE ended_at IS NULL;

CREATE TABLE case_deferrals (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    requirement varchar(40) NOT NULL,
    days smallint NOT NULL CHECK (days > 0),
    pledged_at timestamptz NOT NULL,
    due date,
    reminded_at timestamptz,
    state varchar(8) NOT NULL CHECK (state IN ('open', 'supplied', 'overdue', 'ended')),
    supplied_at timestamptz,
    UNIQUE (case_id, requirement),
    CHECK ((state = 'supplied') = (supplied_at IS NOT NULL))
);
CREATE INDEX case_deferrals_due ON case_deferrals (due) WHERE state = 'open';

CREATE TABLE case_pledges (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    hall_id uuid NOT NULL REFERENCES halls (id),
    department_id uuid NOT NULL REFERENCES departments (id),
    requirement varchar(40) NOT NULL,
    text varchar(2000) NOT NULL,
    signed_at timestamptz NOT NULL,
    state varchar(8) NOT NULL CHECK (state IN ('signed', 'to_check', 'kept', 'false', 'ended')),
    checked_by uuid REFERENCES staff (id),
    checked_at timestamptz,
    finding varchar(500),
    UNIQUE (case_id, requirement),
    CHECK ((state IN ('kept', 'false')) = (checked_at IS NOT NULL))
);
CREATE INDEX case_pledges_to_check ON case_pledges (department_id, id) WHERE state = 'to_check';

CREATE TABLE case_lights (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    task_id uuid REFERENCES case_tasks (id),
    step varchar(12) NOT NULL CHECK (step IN ('accept', 'review', 'case', 'delivery')),
    light varchar(8) NOT NULL CHECK (light IN ('yellow', 'red')),
    due date NOT NULL,
    turned_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX case_lights_once ON case_lights
    (case_id, step, light, due, (coalesce(task_id, case_id)));
"""


class Migration(Base):
    dependencies = [("zhangban", "m0015_agency")]
    operations = [RunSQL(SQL)]
