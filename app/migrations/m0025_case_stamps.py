"""A stamp for each case, another after every commit that changed what its applicant is shown."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

# The setting is local to the transaction, and to a savepoint in it: however many rows of a case a
# transaction writes, it raises the stamp once, and again after a rollback to before that.
SQL = """
CREATE TABLE case_stamps (
    case_id uuid PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
    stamp bigint NOT NULL CHECK (stamp > 0)
) WITH (fillfactor = 70);
INSERT INTO case_stamps (case_id, stamp) SELECT id, 1 FROM cases;

CREATE FUNCTION raise_stamp_of(changed uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('zhangban.stamped', true) IS DISTINCT FROM changed::text THEN
        UPDATE case_stamps SET stamp = stamp + 1 WHERE case_id = changed;
        PERFORM set_config('zhangban.stamped', changed::text, true);
    END IF;
END $$;

CREATE FUNCTION begin_case_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO case_stamps (case_id, stamp) VALUES (NEW.id, 1);
    PERFORM set_config('zhangban.stamped', NEW.id::text, true);
    RETURN NULL;
END $$;
CREATE TRIGGER cases_begin_stamp AFTER INSERT ON cases
    FOR EACH ROW EXECUTE FUNCTION begin_case_stamp();

CREATE FUNCTION raise_case_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM raise_stamp_of(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER cases_raise_stamp AFTER UPDATE ON cases
    FOR EACH ROW EXECUTE FUNCTION raise_case_stamp();

CREATE FUNCTION raise_stamp_of_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM raise_stamp_of(OLD.case_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM raise_stamp_of(NEW.case_id);
    END IF;
    RETURN NULL;
END $$;
"""
PARTS = (
    "case_events",
    "case_tasks",
    "case_materials",
    "case_receipts",
    "case_proposals",
    "case_pauses",
    "case_deferrals",
    "case_pledges",
    "case_certificates",
    "case_shipments",
    "case_handovers",
)
_ON_PARTS = "".join(
    f"CREATE TRIGGER {table}_raise_stamp AFTER INSERT OR UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION raise_stamp_of_part();\n"
    for table in PARTS
)


class Migration(Base):
    dependencies = [("zhangban", "m0024_citizens_in_full")]
    operations = [RunSQL(SQL + _ON_PARTS)]
