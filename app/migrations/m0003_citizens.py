"""Citizens: the accounts of the mini program's users. Personal columns hold sealed bytes."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE citizens (
    id uuid PRIMARY KEY,
    openid varchar(64) NOT NULL UNIQUE,
    unionid varchar(64),
    session_key bytea,
    name bytea,
    phone bytea,
    phone_index bytea,
    id_number bytea,
    id_number_index bytea,
    consented_at timestamptz,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL
);
CREATE INDEX citizens_phone ON citizens (phone_index);
CREATE INDEX citizens_id_number ON citizens (id_number_index);
"""


class Migration(Base):
    dependencies = [("zhangban", "m0002_halls")]
    operations = [RunSQL(SQL)]
