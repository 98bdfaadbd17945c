"""Identities that were checked, sessions, children and their guardians, and what is forgotten."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
ALTER TABLE sessions
    ADD COLUMN device varchar(60),
    ADD COLUMN seen_at timestamptz;

CREATE TABLE replaced_tokens (
    id uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    replaced_at timestamptz NOT NULL
);
CREATE INDEX replaced_tokens_session ON replaced_tokens (session_id);

ALTER TABLE citizens
    ADD COLUMN verified_at timestamptz,
    ADD COLUMN verified_by varchar(64),
    ADD COLUMN mismatched_at timestamptz,
    ADD COLUMN erase_asked_at timestamptz,
    ADD COLUMN deleted_at timestamptz,
    DROP CONSTRAINT citizens_check,
    DROP CONSTRAINT citizens_check1,
    ADD CONSTRAINT citizens_have_a_way_in
        CHECK (deleted_at IS NOT NULL OR (openid IS NULL) = (made_by IS NOT NULL)),
    ADD CONSTRAINT citizens_of_the_counter_are_known
        CHECK (openid IS NOT NULL OR erase_asked_at IS NOT NULL OR (name IS NOT NULL
            AND phone_index IS NOT NULL AND id_number_index IS NOT NULL
            AND consented_at IS NOT NULL)),
    ADD CONSTRAINT citizens_deleted_are_nobodys
        CHECK (deleted_at IS NULL OR (openid IS NULL AND session_key IS NULL
            AND consented_at IS NULL AND erase_asked_at IS NOT NULL)),
    ADD CONSTRAINT citizens_verified_by_somebody
        CHECK ((verified_at IS NULL) = (verified_by IS NULL)),
    ADD CONSTRAINT citizens_verified_or_not
        CHECK (verified_at IS NULL OR (id_number IS NOT NULL AND mismatched_at IS NULL));
CREATE INDEX citizens_to_erase ON citizens (erase_asked_at)
    WHERE erase_asked_at IS NOT NULL AND name IS NOT NULL;

CREATE TABLE citizen_children (
    id uuid PRIMARY KEY,
    guardian_id uuid NOT NULL REFERENCES citizens (id),
    name bytea,
    id_number bytea,
    id_number_index bytea,
    relation varchar(12) NOT NULL
        CHECK (relation IN ('parent', 'grandparent', 'sibling', 'other')),
    consent_version varchar(20) NOT NULL,
    consented_at timestamptz NOT NULL,
    verified_at timestamptz,
    verified_by varchar(64),
    mismatched_at timestamptz,
    withdrawn_at timestamptz,
    CHECK ((withdrawn_at IS NULL) = (name IS NOT NULL)),
    CHECK (num_nonnulls(name, id_number, id_number_index) IN (0, 3)),
    CHECK ((verified_at IS NULL) = (verified_by IS NULL)),
    CHECK (verified_at IS NULL OR mismatched_at IS NULL)
);
CREATE INDEX citizen_children_guardian ON citizen_children (guardian_id, id);
CREATE UNIQUE INDEX citizen_children_once ON citizen_children (guardian_id, id_number_index)
    WHERE withdrawn_at IS NULL;

CREATE TABLE identity_checks (
    id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL REFERENCES citizens (id),
    child_id uuid REFERENCES citizen_children (id) ON DELETE CASCADE,
    state varchar(10) NOT NULL CHECK (state IN ('asked', 'waiting', 'matched', 'mismatched',
        'unknown', 'unanswered', 'dropped')),
    verifier varchar(60) NOT NULL,
    reference varchar(80) NOT NULL DEFAULT '',
    asked_at timestamptz NOT NULL,
    answered_at timestamptz,
    CHECK ((state IN ('asked', 'waiting')) = (answered_at IS NULL))
);
CREATE INDEX identity_checks_citizen ON identity_checks (citizen_id, asked_at);
CREATE INDEX identity_checks_child ON identity_checks (child_id) WHERE child_id IS NOT NULL;

CREATE TABLE citizen_window_codes (
    id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL UNIQUE REFERENCES citizens (id),
    code bytea NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CHECK (expires_at > made_at)
);
CREATE INDEX citizen_window_codes_code ON citizen_window_codes (code);

ALTER TABLE cases
    ADD COLUMN child_id uuid REFERENCES citizen_children (id),
    DROP CONSTRAINT cases_filed_by_check,
    ADD CONSTRAINT cases_filed_by_check
        CHECK (filed_by IN ('applicant', 'operator', 'helper', 'window', 'guardian')),
    ADD CONSTRAINT cases_of_one_principal CHECK (child_id IS NULL OR enterprise_id IS NULL);
CREATE INDEX cases_child ON cases (child_id) WHERE child_id IS NOT NULL;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0023_notices_in_full")]
    operations = [RunSQL(SQL)]
