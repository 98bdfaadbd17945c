"""What follows a bad rating: rectifications with their events and proposals; improvement topics."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE rectifications (
    id uuid PRIMARY KEY,
    rating_id uuid NOT NULL UNIQUE REFERENCES ratings (id),
    hall_id uuid NOT NULL REFERENCES halls (id),
    department_id uuid REFERENCES departments (id),
    citizen_id uuid REFERENCES citizens (id),
    item_name varchar(200) NOT NULL,
    level smallint NOT NULL CHECK (level IN (1, 2)),
    tags text[] NOT NULL,
    state varchar(16) NOT NULL CHECK (state IN ('to_assign', 'to_contact', 'to_verify', 'to_rule',
        'appealed', 'to_rectify', 'to_answer', 'to_revisit', 'closed')),
    verdict varchar(16) CHECK (verdict IN ('true', 'mistaken', 'malicious', 'not_reasonable')),
    contact_over boolean NOT NULL,
    declined boolean NOT NULL,
    appealed boolean NOT NULL,
    sent_back boolean NOT NULL,
    attempts smallint NOT NULL,
    clock_since date NOT NULL,
    clock_waited smallint NOT NULL CHECK (clock_waited >= 0),
    complex boolean NOT NULL,
    entered_on date NOT NULL,
    step_due date,
    step_days smallint,
    rectify_due date,
    due_provisional boolean NOT NULL,
    red_at timestamptz,
    late boolean NOT NULL,
    received_at timestamptz NOT NULL,
    received_on date NOT NULL,
    assigned_at timestamptz,
    assigned_by uuid REFERENCES staff (id),
    contacted_at timestamptz,
    verified_at timestamptz,
    rectified_at timestamptz,
    answered_at timestamptz,
    revisited_at timestamptz,
    closed_at timestamptz,
    done varchar(1000),
    answer varchar(500),
    answer_way varchar(8) CHECK (answer_way IN ('inbox', 'call', 'posted')),
    satisfied boolean,
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK ((state = 'closed') = (step_due IS NULL)),
    CHECK ((step_due IS NULL) = (step_days IS NULL)),
    CHECK ((state = 'to_assign') = (department_id IS NULL)),
    CHECK ((answer IS NULL) = (answer_way IS NULL)),
    CHECK (citizen_id IS NOT NULL OR state NOT IN ('to_contact', 'to_revisit')),
    CHECK (citizen_id IS NOT NULL OR revisited_at IS NULL),
    CHECK (state NOT IN ('to_rectify', 'to_answer', 'to_revisit', 'closed') OR verdict IS NOT NULL)
);
CREATE INDEX rectifications_hall ON rectifications (hall_id, received_on);
CREATE INDEX rectifications_department ON rectifications (department_id, received_on);
CREATE INDEX rectifications_citizen ON rectifications (citizen_id, id)
    WHERE citizen_id IS NOT NULL;
CREATE INDEX rectifications_open ON rectifications (step_due) WHERE state <> 'closed';

CREATE TABLE rectification_events (
    id uuid PRIMARY KEY,
    rectification_id uuid NOT NULL REFERENCES rectifications (id),
    kind varchar(24) NOT NULL,
    at timestamptz NOT NULL,
    actor varchar(64) NOT NULL,
    staff_id uuid REFERENCES staff (id),
    by_name varchar(80) NOT NULL,
    said varchar(200) NOT NULL,
    note bytea
);
CREATE INDEX rectification_events_of ON rectification_events (rectification_id, id);
CREATE TRIGGER rectification_events_stay BEFORE UPDATE OR DELETE ON rectification_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE rectification_proposals (
    id uuid PRIMARY KEY,
    rectification_id uuid NOT NULL REFERENCES rectifications (id),
    department_id uuid NOT NULL REFERENCES departments (id),
    kind varchar(8) NOT NULL CHECK (kind IN ('ruling', 'appeal')),
    claim varchar(16) NOT NULL
        CHECK (claim IN ('mistaken', 'malicious', 'not_reasonable', 'not_ours')),
    proposed_by uuid NOT NULL REFERENCES staff (id),
    proposed_at timestamptz NOT NULL,
    reason bytea NOT NULL,
    state varchar(8) NOT NULL CHECK (state IN ('open', 'agreed', 'declined')),
    second_id uuid REFERENCES staff (id),
    second_at timestamptz,
    second_note bytea,
    CHECK (second_id <> proposed_by),
    CHECK ((state = 'open') = (second_id IS NULL)),
    CHECK ((second_id IS NULL) = (second_at IS NULL)),
    CHECK (kind = 'appeal' OR claim IN ('mistaken', 'malicious'))
);
CREATE UNIQUE INDEX rectification_proposals_one_open ON rectification_proposals (rectification_id)
    WHERE state = 'open';
CREATE INDEX rectification_proposals_of ON rectification_proposals (rectification_id, id);

CREATE TABLE improvement_topics (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    department_id uuid NOT NULL REFERENCES departments (id),
    tag varchar(8) NOT NULL,
    opened_at timestamptz NOT NULL,
    owner_id uuid REFERENCES staff (id),
    measures varchar(1000),
    measures_until date,
    closing_note varchar(1000),
    closed_at timestamptz,
    closed_by uuid REFERENCES staff (id),
    CHECK ((closed_at IS NULL) = (closing_note IS NULL)),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
    CHECK (closed_at IS NULL OR measures IS NOT NULL),
    CHECK ((measures IS NULL) = (measures_until IS NULL))
);
CREATE UNIQUE INDEX improvement_topics_one_open ON improvement_topics (department_id, tag)
    WHERE closed_at IS NULL;
CREATE INDEX improvement_topics_hall ON improvement_topics (hall_id, id);

CREATE TABLE improvement_topic_ratings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic_id uuid NOT NULL REFERENCES improvement_topics (id),
    rectification_id uuid NOT NULL REFERENCES rectifications (id),
    added_at timestamptz NOT NULL,
    UNIQUE (topic_id, rectification_id)
);
CREATE INDEX improvement_topic_ratings_of ON improvement_topic_ratings (rectification_id);

-- The answer to a bad rating is a message of the inbox as well.
ALTER TABLE notices DROP CONSTRAINT notices_kind_check;
ALTER TABLE notices ADD CONSTRAINT notices_kind_check
    CHECK (kind IN ('submitted', 'reminder', 'ready', 'rate', 'answer'));
"""


class Migration(Base):
    dependencies = [("zhangban", "m0009_hub")]
    operations = [RunSQL(SQL)]
