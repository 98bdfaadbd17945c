"""The hub: systems of others, node ratings, every channel, rulings, supplements, invitations."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE api_clients (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    name varchar(60) NOT NULL,
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    UNIQUE (hall_id, name)
);

ALTER TABLE devices ADD COLUMN queue_length integer CHECK (queue_length >= 0);

-- A column that a trigger names cannot change its type: the trigger goes and comes back.
DROP TRIGGER services_stay_where_they_are ON services;
ALTER TABLE services DROP CONSTRAINT services_kind_check;
ALTER TABLE services ALTER COLUMN kind TYPE varchar(12);
ALTER TABLE services ADD COLUMN client_id uuid REFERENCES api_clients (id);
ALTER TABLE services
    ADD CHECK (kind IN ('visit', 'case', 'case_node', 'external')),
    ADD CHECK ((kind = 'external') = (client_id IS NOT NULL));
CREATE TRIGGER services_stay_where_they_are
    BEFORE UPDATE OF kind, subject, hall_id, department_id, window_id, staff_id, item_id,
        citizen_id, client_id, project_no, service_number, started_at OR DELETE ON services
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE INDEX services_visits ON services (window_id, started_at) WHERE kind = 'visit';
CREATE INDEX services_open_visits ON services (started_at)
    WHERE kind = 'visit' AND ended_at IS NULL;

CREATE TABLE external_records (
    service_id uuid PRIMARY KEY REFERENCES services (id),
    task_code varchar(64) NOT NULL,
    department_code varchar(40) NOT NULL,
    area_code varchar(12) NOT NULL,
    user_prop smallint NOT NULL CHECK (user_prop BETWEEN 1 AND 9),
    pro_status smallint NOT NULL CHECK (pro_status BETWEEN 1 AND 9),
    pro_channel smallint NOT NULL CHECK (pro_channel BETWEEN 1 AND 9),
    promised_days smallint,
    accepted_on date,
    result_on date,
    digest bytea NOT NULL CHECK (length(digest) = 32)
);
CREATE TRIGGER external_records_stay BEFORE UPDATE OR DELETE ON external_records
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE ratings ADD COLUMN via varchar(8);
ALTER TABLE ratings DISABLE TRIGGER ratings_stay;
UPDATE ratings SET via = CASE WHEN device_id IS NULL THEN 'account' ELSE 'device' END;
ALTER TABLE ratings ENABLE TRIGGER ratings_stay;
ALTER TABLE ratings ALTER COLUMN via SET NOT NULL;
ALTER TABLE ratings DROP CONSTRAINT ratings_channel_check;
ALTER TABLE ratings DROP CONSTRAINT ratings_check;
ALTER TABLE ratings DROP CONSTRAINT ratings_check1;
ALTER TABLE ratings
    ADD COLUMN client_id uuid REFERENCES api_clients (id),
    ADD COLUMN assess_number varchar(40),
    ADD COLUMN entered_by uuid REFERENCES staff (id),
    ADD COLUMN card_number varchar(40);
ALTER TABLE ratings
    ADD CHECK (channel BETWEEN 1 AND 10),
    ADD CHECK (CASE via
        WHEN 'device' THEN device_id IS NOT NULL AND event_id IS NOT NULL
        WHEN 'account' THEN citizen_id IS NOT NULL
        WHEN 'client' THEN client_id IS NOT NULL AND assess_number IS NOT NULL
        WHEN 'entered' THEN entered_by IS NOT NULL AND card_number IS NOT NULL
        ELSE via IN ('static', 'visit', 'sms') END),
    ADD CHECK ((via = 'device') = (device_id IS NOT NULL)),
    ADD CHECK ((via = 'client') = (client_id IS NOT NULL)),
    ADD CHECK ((via = 'entered') = (entered_by IS NOT NULL));
CREATE UNIQUE INDEX ratings_once_a_client ON ratings (client_id, assess_number)
    WHERE client_id IS NOT NULL;
CREATE INDEX ratings_entered ON ratings (received_at) WHERE entered_by IS NOT NULL;

CREATE TABLE unrated_taps (
    id uuid PRIMARY KEY,
    device_id uuid NOT NULL REFERENCES devices (id),
    event_id uuid NOT NULL,
    service_id uuid REFERENCES services (id),
    raw_level smallint NOT NULL,
    reason varchar(12) NOT NULL CHECK (reason IN ('timed_out', 'not_rated')),
    happened_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    clock_offset_ms integer NOT NULL,
    UNIQUE (device_id, event_id)
);
CREATE TRIGGER unrated_taps_stay BEFORE UPDATE OR DELETE ON unrated_taps
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE prompt_acks (
    id uuid PRIMARY KEY,
    service_id uuid NOT NULL REFERENCES services (id),
    device_id uuid NOT NULL REFERENCES devices (id),
    acknowledged_at timestamptz NOT NULL,
    UNIQUE (service_id, device_id)
);

CREATE TABLE hall_rating_settings (
    hall_id uuid PRIMARY KEY REFERENCES halls (id),
    rate_acceptance boolean NOT NULL,
    rate_issue boolean NOT NULL,
    uses_points boolean NOT NULL,
    invite_after_days smallint NOT NULL CHECK (invite_after_days BETWEEN 1 AND 4),
    check_percent smallint NOT NULL CHECK (check_percent BETWEEN 1 AND 100),
    updated_at timestamptz NOT NULL
);

CREATE TABLE staff_citizens (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff (id),
    citizen_id uuid NOT NULL REFERENCES citizens (id),
    phone_index bytea CHECK (length(phone_index) = 32),
    bound_at timestamptz NOT NULL,
    UNIQUE (staff_id, citizen_id)
);

CREATE TABLE rating_invitations (
    id uuid PRIMARY KEY,
    service_id uuid NOT NULL UNIQUE REFERENCES services (id),
    phone bytea,
    due_at timestamptz NOT NULL,
    outcome varchar(12) NOT NULL DEFAULT 'waiting'
        CHECK (outcome IN ('waiting', 'wechat', 'sms', 'rated', 'too_late', 'own')),
    settled_at timestamptz,
    CHECK ((outcome = 'waiting') = (settled_at IS NULL))
);

CREATE TABLE entry_checks (
    id uuid PRIMARY KEY,
    rating_id uuid NOT NULL UNIQUE REFERENCES ratings (id),
    hall_id uuid NOT NULL REFERENCES halls (id),
    day date NOT NULL,
    entered_by uuid NOT NULL REFERENCES staff (id),
    drawn boolean NOT NULL,
    drawn_at timestamptz NOT NULL,
    checked_by uuid REFERENCES staff (id),
    checked_at timestamptz,
    agrees boolean,
    note varchar(200) NOT NULL DEFAULT '',
    CHECK (checked_by <> entered_by),
    CHECK ((checked_by IS NULL) = (checked_at IS NULL) AND (checked_at IS NULL) = (agrees IS NULL)),
    CHECK (drawn OR checked_by IS NULL)
);
CREATE INDEX entry_checks_open ON entry_checks (hall_id, id) WHERE drawn AND checked_at IS NULL;

CREATE TABLE rating_supplements (
    id uuid PRIMARY KEY,
    rating_id uuid NOT NULL UNIQUE REFERENCES ratings (id),
    comment varchar(150) NOT NULL CHECK (comment ~ '\\S'),
    added_at timestamptz NOT NULL
);
CREATE TRIGGER rating_supplements_stay BEFORE UPDATE OR DELETE ON rating_supplements
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE rating_rulings (
    id uuid PRIMARY KEY,
    rating_id uuid NOT NULL UNIQUE REFERENCES ratings (id),
    verdict varchar(12) NOT NULL CHECK (verdict IN ('mistaken', 'malicious')),
    why varchar(500) NOT NULL CHECK (why ~ '\\S'),
    ruled_by uuid NOT NULL REFERENCES staff (id),
    ruled_at timestamptz NOT NULL
);
CREATE TRIGGER rating_rulings_stay BEFORE UPDATE OR DELETE ON rating_rulings
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(Base):
    dependencies = [("zhangban", "m0008_cases")]
    operations = [RunSQL(SQL)]
