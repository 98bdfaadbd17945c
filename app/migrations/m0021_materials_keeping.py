"""How materials are kept and shown: uploads that go on, links, retention."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = r"""
ALTER TABLE materials
    ADD COLUMN file_digest bytea CHECK (length(file_digest) = 32),
    ADD COLUMN links_from timestamptz;
CREATE INDEX materials_file ON materials (owner_id, file_digest) WHERE file_digest IS NOT NULL;

CREATE TABLE uploads (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES citizens (id),
    sender varchar(64) NOT NULL,
    filename varchar(120) NOT NULL,
    size integer NOT NULL CHECK (size > 0),
    material_id uuid REFERENCES materials (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX uploads_sender ON uploads (sender);
CREATE INDEX uploads_expires ON uploads (expires_at);
CREATE INDEX uploads_material ON uploads (material_id) WHERE material_id IS NOT NULL;

ALTER TABLE cases ADD COLUMN erased_at timestamptz CHECK (erased_at IS NULL OR closed_at < erased_at);
CREATE INDEX cases_to_erase ON cases (closed_at) WHERE erased_at IS NULL AND closed_at IS NOT NULL;

-- As refuse_change, but the sealed columns that are named may be sealed anew, or emptied at the
-- end of their retention, by a transaction that says so.
CREATE FUNCTION refuse_change_of_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('zhangban.sealed_anew', true) = 'on'
        AND to_jsonb(OLD) - TG_ARGV = to_jsonb(NEW) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% rows are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER documents_stay ON documents;
CREATE TRIGGER documents_stay
    BEFORE UPDATE OF id, kind, number, code, hall_id, hall_name, subject, item_name, title, lines,
        holder, details, issued_at, valid_until, digest, key_id OR DELETE ON documents
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_open('holder', 'details');
DROP TRIGGER documents_revoked_once ON documents;
CREATE TRIGGER documents_revoked_once BEFORE UPDATE ON documents
    FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL)
    EXECUTE FUNCTION refuse_change_of_open('holder', 'details');
DROP TRIGGER rectification_events_stay ON rectification_events;
CREATE TRIGGER rectification_events_stay BEFORE UPDATE OR DELETE ON rectification_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_open('note');
DROP TRIGGER case_handovers_stay ON case_handovers;
CREATE TRIGGER case_handovers_stay BEFORE UPDATE OR DELETE ON case_handovers
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_open('agent_name', 'agent_id_number');
"""


class Migration(Base):
    dependencies = [("zhangban", "m0020_materials_intake")]
    operations = [RunSQL(SQL)]
