"""The ledger of subscriptions; text messages; what became of each message."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
ALTER TABLE notices
    ADD COLUMN hall_id uuid REFERENCES halls (id),
    ADD COLUMN deadline timestamptz,
    ADD COLUMN wechat_tries smallint NOT NULL DEFAULT 0 CHECK (wechat_tries >= 0),
    ADD COLUMN wechat_failures smallint NOT NULL DEFAULT 0 CHECK (wechat_failures >= 0),
    ADD COLUMN wechat_template varchar(64),
    ADD COLUMN wechat_msg_id varchar(64),
    ADD COLUMN neutral boolean NOT NULL DEFAULT false;
ALTER TABLE notices DROP CONSTRAINT notices_wechat_state_check;
ALTER TABLE notices ADD CONSTRAINT notices_wechat_state_check CHECK (wechat_state IN ('waiting',
    'sending', 'unsure', 'failed', 'sent', 'not_subscribed', 'banned', 'unreachable',
    'no_template', 'refused', 'given_up', 'dead', 'doubtful', 'discarded'));

UPDATE notices n SET hall_id = c.hall_id FROM cases c WHERE n.subject = 'case:' || c.number;
UPDATE notices n SET hall_id = s.hall_id FROM services s
    WHERE n.hall_id IS NULL AND n.subject = s.subject;
-- What the outbox has given up is a dead letter.
UPDATE notices n SET wechat_state = 'dead' FROM outbox o
    WHERE o.topic = 'notices.wechat' AND o.key = n.key AND o.state = 'dead'
    AND n.wechat_state = 'failed';

CREATE INDEX notices_letters ON notices (created_at, id)
    WHERE wechat_state IN ('dead', 'doubtful');
CREATE INDEX notices_unconfirmed ON notices (citizen_id, wechat_template, wechat_at)
    WHERE wechat_msg_id IS NULL AND wechat_template IS NOT NULL;

CREATE TABLE texts (
    id uuid PRIMARY KEY,
    notice_id uuid UNIQUE REFERENCES notices (id),
    citizen_id uuid REFERENCES citizens (id),
    phone bytea,
    template varchar(16) NOT NULL,
    params jsonb NOT NULL,
    page varchar(200),
    words varchar(500),
    segments smallint NOT NULL DEFAULT 0 CHECK (segments >= 0),
    key varchar(160) NOT NULL UNIQUE,
    subject varchar(80) NOT NULL,
    hall_id uuid REFERENCES halls (id),
    deadline timestamptz,
    created_at timestamptz NOT NULL,
    state varchar(16) NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'unsure',
        'failed', 'sent', 'unreachable', 'dead', 'doubtful', 'discarded')),
    error varchar(200),
    tried_at timestamptz,
    tries smallint NOT NULL DEFAULT 0 CHECK (tries >= 0),
    failures smallint NOT NULL DEFAULT 0 CHECK (failures >= 0),
    provider_id varchar(64),
    CHECK (citizen_id IS NULL OR phone IS NULL),
    CHECK (phone IS NULL OR state NOT IN ('sent', 'unreachable', 'discarded'))
);
CREATE INDEX texts_subject ON texts (subject, created_at);
CREATE INDEX texts_letters ON texts (created_at, id) WHERE state IN ('dead', 'doubtful');
CREATE INDEX texts_citizen ON texts (citizen_id) WHERE citizen_id IS NOT NULL;

CREATE TABLE message_lines (
    way varchar(8) PRIMARY KEY CHECK (way IN ('wechat', 'sms')),
    held_until timestamptz,
    strikes smallint NOT NULL DEFAULT 0 CHECK (strikes >= 0)
);

CREATE TABLE subscriptions (
    id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL REFERENCES citizens (id) ON DELETE CASCADE,
    template_id varchar(64) NOT NULL,
    word varchar(8) NOT NULL CHECK (word IN ('accepted', 'rejected', 'banned')),
    remaining integer CHECK (remaining >= 0),
    updated_at timestamptz NOT NULL,
    UNIQUE (citizen_id, template_id)
);
CREATE TABLE subscription_entries (
    id uuid PRIMARY KEY,
    subscription_id uuid NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE,
    key varchar(200) NOT NULL,
    at timestamptz NOT NULL,
    event varchar(16) NOT NULL CHECK (event IN ('accept', 'reject', 'ban', 'turned_on',
        'turned_off', 'sent', 'used_up', 'arrived')),
    source varchar(8) NOT NULL CHECK (source IN ('phone', 'push', 'house')),
    remaining integer,
    paired boolean NOT NULL DEFAULT false,
    UNIQUE (subscription_id, key)
);
CREATE INDEX subscription_entries_at ON subscription_entries (subscription_id, at);
"""


class Migration(Base):
    dependencies = [("zhangban", "m0022_moderation")]
    operations = [RunSQL(SQL)]
