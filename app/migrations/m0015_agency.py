"""Who acts for whom: counter applicants, enterprises and their people, helpers with consent."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
ALTER TABLE citizens
    ALTER COLUMN openid DROP NOT NULL,
    ADD COLUMN phone_proven_at timestamptz,
    ADD COLUMN made_by uuid REFERENCES staff (id),
    ADD COLUMN adopted_by uuid REFERENCES citizens (id),
    ADD COLUMN adopted_at timestamptz,
    ADD CHECK ((openid IS NULL) = (made_by IS NOT NULL)),
    ADD CHECK (openid IS NOT NULL OR (name IS NOT NULL AND phone_index IS NOT NULL
        AND id_number_index IS NOT NULL AND consented_at IS NOT NULL)),
    ADD CHECK (adopted_by IS NULL OR openid IS NULL),
    ADD CHECK ((adopted_by IS NULL) = (adopted_at IS NULL)),
    ADD CHECK (phone_proven_at IS NULL OR phone_index IS NOT NULL);
CREATE INDEX citizens_adopted ON citizens (adopted_by) WHERE adopted_by IS NOT NULL;
CREATE UNIQUE INDEX citizens_at_counter ON citizens (id_number_index, phone_index)
    WHERE openid IS NULL;

CREATE TABLE citizen_claims (
    id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL REFERENCES citizens (id),
    code bytea NOT NULL,
    made_by uuid NOT NULL REFERENCES staff (id),
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    wrong smallint NOT NULL DEFAULT 0,
    ended_at timestamptz,
    ended_how varchar(8) CHECK (ended_how IN ('used', 'replaced', 'spent', 'proven')),
    CHECK (expires_at > made_at),
    CHECK ((ended_at IS NULL) = (ended_how IS NULL))
);
CREATE UNIQUE INDEX citizen_claims_one_open ON citizen_claims (citizen_id) WHERE ended_at IS NULL;

CREATE TABLE enterprises (
    id uuid PRIMARY KEY,
    code char(18) NOT NULL UNIQUE CHECK (code ~ '^[0-9A-Z]{18}$'),
    name varchar(200) NOT NULL,
    legal_representative bytea NOT NULL,
    hall_id uuid NOT NULL REFERENCES halls (id),
    confirmed_by uuid NOT NULL REFERENCES staff (id),
    confirmed_at timestamptz NOT NULL
);

CREATE TABLE enterprise_registrations (
    id uuid PRIMARY KEY,
    code char(18) NOT NULL CHECK (code ~ '^[0-9A-Z]{18}$'),
    name varchar(200) NOT NULL,
    legal_representative bytea NOT NULL,
    role varchar(20) NOT NULL CHECK (role IN ('legal_representative', 'manager')),
    citizen_id uuid NOT NULL REFERENCES citizens (id),
    hall_id uuid NOT NULL REFERENCES halls (id),
    state varchar(9) NOT NULL CHECK (state IN ('pending', 'confirmed', 'declined')),
    asked_at timestamptz NOT NULL,
    answered_by uuid REFERENCES staff (id),
    answered_at timestamptz,
    note varchar(300) NOT NULL DEFAULT '',
    enterprise_id uuid REFERENCES enterprises (id),
    CHECK ((state = 'pending') = (answered_at IS NULL)),
    CHECK ((state = 'pending') = (answered_by IS NULL)),
    CHECK ((state = 'confirmed') = (enterprise_id IS NOT NULL))
);
CREATE UNIQUE INDEX enterprise_registrations_one_open ON enterprise_registrations
    (citizen_id, code) WHERE state = 'pending';
CREATE INDEX enterprise_registrations_hall ON enterprise_registrations (hall_id, id)
    WHERE state = 'pending';
CREATE INDEX enterprise_registrations_citizen ON enterprise_registrations (citizen_id, id);

CREATE TABLE enterprise_people (
    id uuid PRIMARY KEY,
    enterprise_id uuid NOT NULL REFERENCES enterprises (id),
    citizen_id uuid NOT NULL REFERENCES citizens (id),
    role varchar(20) NOT NULL
        CHECK (role IN ('legal_representative', 'manager', 'operator', 'viewer')),
    joined_at timestamptz NOT NULL,
    removed_at timestamptz,
    removed_by varchar(64),
    CHECK ((removed_at IS NULL) = (removed_by IS NULL))
);
CREATE UNIQUE INDEX enterprise_people_once ON enterprise_people (enterprise_id, citizen_id)
    WHERE removed_at IS NULL;
CREATE INDEX enterprise_people_citizen ON enterprise_people (citizen_id) WHERE removed_at IS NULL;

CREATE TABLE enterprise_invitations (
    id uuid PRIMARY KEY,
    enterprise_id uuid NOT NULL REFERENCES enterprises (id),
    role varchar(20) NOT NULL
        CHECK (role IN ('legal_representative', 'manager', 'operator', 'viewer')),
    phone bytea NOT NULL,
    phone_index bytea NOT NULL,
    invited_by uuid NOT NULL REFERENCES citizens (id),
    invited_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    state varchar(9) NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn')),
    answered_by uuid REFERENCES citizens (id),
    answered_at timestamptz,
    CHECK (expires_at > invited_at),
    CHECK ((state = 'open') = (answered_at IS NULL)),
    CHECK ((state = 'open') = (answered_by IS NULL))
);
CREATE UNIQUE INDEX enterprise_invitations_one_open ON enterprise_invitations
    (enterprise_id, phone_index) WHERE state = 'open';
CREATE INDEX enterprise_invitations_phone ON enterprise_invitations (phone_index)
    WHERE state = 'open';

CREATE TABLE assistance_consents (
    id uuid PRIMARY KEY,
    applicant_id uuid NOT NULL REFERENCES citizens (id),
    enterprise_id uuid REFERENCES enterprises (id),
    helper_kind varchar(8) NOT NULL CHECK (helper_kind IN ('citizen', 'staff')),
    helper_id uuid,
    helper_phone bytea,
    helper_phone_index bytea,
    hall_id uuid REFERENCES halls (id),
    scope varchar(4) NOT NULL CHECK (scope IN ('all', 'item', 'case')),
    scope_id uuid,
    purposes varchar(500) NOT NULL,
    may_withdraw boolean NOT NULL,
    how varchar(9) NOT NULL CHECK (how IN ('in_app', 'at_window')),
    recorded_by uuid REFERENCES staff (id),
    paper_number varchar(60),
    paper_material_id uuid REFERENCES materials (id),
    granted_at timestamptz NOT NULL,
    accepted_at timestamptz,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_as varchar(10) CHECK (ended_as IN ('revoked', 'given_back', 'declined')),
    ended_by varchar(64),
    ended_why varchar(300),
    CHECK (expires_at > granted_at),
    CHECK ((scope = 'all') = (scope_id IS NULL)),
    CHECK ((accepted_at IS NULL) = (helper_id IS NULL)),
    CHECK (CASE helper_kind
        WHEN 'staff' THEN helper_id IS NOT NULL AND hall_id IS NOT NULL AND helper_phone IS NULL
        ELSE helper_phone IS NOT NULL END),
    CHECK ((helper_phone IS NULL) = (helper_phone_index IS NULL)),
    CHECK ((how = 'at_window') = (recorded_by IS NOT NULL)),
    CHECK (how = 'in_app' OR hall_id IS NOT NULL),
    CHECK ((how = 'at_window') = (num_nonnulls(paper_number, paper_material_id) > 0)),
    CHECK (helper_kind = 'citizen' OR recorded_by IS DISTINCT FROM helper_id),
    CHECK (num_nonnulls(ended_at, ended_as, ended_by, ended_why) IN (0, 4))
);
CREATE INDEX assistance_consents_applicant ON assistance_consents (applicant_id, id);
CREATE INDEX assistance_consents_helper ON assistance_consents (helper_id, id);
CREATE INDEX assistance_consents_enterprise ON assistance_consents (enterprise_id, id)
    WHERE enterprise_id IS NOT NULL;
CREATE INDEX assistance_consents_offered ON assistance_consents (helper_phone_index)
    WHERE helper_id IS NULL AND ended_at IS NULL;

CREATE TABLE assistance_acts (
    id uuid PRIMARY KEY,
    consent_id uuid REFERENCES assistance_consents (id),
    enterprise_id uuid REFERENCES enterprises (id),
    applicant_id uuid NOT NULL REFERENCES citizens (id),
    actor varchar(64) NOT NULL,
    by_name varchar(80) NOT NULL,
    what varchar(24) NOT NULL,
    subject varchar(80) NOT NULL,
    at timestamptz NOT NULL,
    CHECK (num_nonnulls(consent_id, enterprise_id) > 0)
);
CREATE INDEX assistance_acts_consent ON assistance_acts (consent_id, id)
    WHERE consent_id IS NOT NULL;
CREATE INDEX assistance_acts_enterprise ON assistance_acts (enterprise_id, id)
    WHERE enterprise_id IS NOT NULL;
CREATE INDEX assistance_acts_subject ON assistance_acts (subject, actor);
CREATE TRIGGER assistance_acts_stay BEFORE UPDATE OR DELETE ON assistance_acts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(Base):
    dependencies = [("zhangban", "m0014_documents")]
    operations = [RunSQL(SQL)]
