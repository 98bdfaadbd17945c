"""Papers with a number and a code that verifies them."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE documents (
    id uuid PRIMARY KEY,
    kind varchar(12) NOT NULL CHECK (kind IN ('receipt', 'certificate', 'report', 'minutes')),
    number varchar(60) NOT NULL UNIQUE CHECK (number ~ '\\S'),
    code varchar(28) NOT NULL UNIQUE CHECK (code ~ '^[0-9A-HJKMNP-TV-Z]{28}$'),
    hall_id uuid NOT NULL REFERENCES halls (id),
    hall_name varchar(60) NOT NULL,
    subject varchar(80) NOT NULL,
    item_name varchar(200) NOT NULL DEFAULT '',
    title varchar(200) NOT NULL CHECK (title ~ '\\S'),
    lines jsonb NOT NULL CHECK (jsonb_typeof(lines) = 'array'),
    holder bytea,
    details bytea,
    issued_at timestamptz NOT NULL,
    valid_until date,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    key_id varchar(32) NOT NULL,
    revoked_at timestamptz,
    revoked_why varchar(300),
    CHECK ((revoked_at IS NULL) = (revoked_why IS NULL)),
    CHECK (revoked_why ~ '\\S')
);
CREATE INDEX documents_subject ON documents (subject, id);
-- A paper is in people's hands: what it says stays, and only a revocation can follow, once.
CREATE TRIGGER documents_stay
    BEFORE UPDATE OF id, kind, number, code, hall_id, hall_name, subject, item_name, title, lines,
        holder, details, issued_at, valid_until, digest, key_id OR DELETE ON documents
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER documents_revoked_once BEFORE UPDATE ON documents
    FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
"""


class Migration(Base):
    dependencies = [("zhangban", "m0013_catalog_in_full")]
    operations = [RunSQL(SQL)]
