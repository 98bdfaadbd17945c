"""What the clerk's desk asks for: what a case owes, and what is left to be paid."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
-- The deferred materials that a case still owes; the unique key has the case first, but every
-- state of it.
CREATE INDEX case_deferrals_owed ON case_deferrals (case_id) WHERE state IN ('open', 'overdue');

-- What is left to be paid in a hall, the oldest first.
CREATE INDEX fee_lines_due_of_hall ON fee_lines (hall_id, case_id) WHERE state = 'due';
"""


class Migration(Base):
    dependencies = [("zhangban", "m0029_drill_down")]
    operations = [RunSQL(SQL)]
