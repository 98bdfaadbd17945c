"""Messages to applicants: the inbox, and what became of each in WeChat."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE notices (
    id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL REFERENCES citizens (id),
    kind varchar(16) NOT NULL CHECK (kind IN ('submitted', 'reminder', 'ready', 'rate')),
    key varchar(160) NOT NULL UNIQUE,
    subject varchar(80) NOT NULL,
    title varchar(60) NOT NULL,
    body varchar(1000) NOT NULL,
    page varchar(200) NOT NULL,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    wechat_state varchar(16) NOT NULL DEFAULT 'waiting' CHECK (wechat_state IN ('waiting',
        'sending', 'sent', 'not_subscribed', 'refused', 'failed', 'no_template')),
    wechat_error varchar(200),
    wechat_at timestamptz,
    CHECK ((wechat_state = 'waiting') = (wechat_at IS NULL))
);
CREATE INDEX notices_inbox ON notices (citizen_id, created_at DESC, id DESC);
CREATE INDEX notices_unread ON notices (citizen_id) WHERE read_at IS NULL;
CREATE INDEX notices_subject ON notices (subject, created_at);
"""


class Migration(Base):
    dependencies = [("zhangban", "m0005_materials")]
    operations = [RunSQL(SQL)]
