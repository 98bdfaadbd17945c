"""What leads from figures to the cases behind them, and to the services that nobody rated."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
-- The cases decided in a hall on a day, with all by which a figure tells them apart.
CREATE INDEX cases_decided ON cases (hall_id, decided_at, id)
    INCLUDE (department_id, window_id, accepted_by, item_id, version_id, decision, used_days,
        promised_due)
    WHERE decided_at IS NOT NULL AND used_days IS NOT NULL;

-- The days on which a key has a figure.
CREATE INDEX case_days_of_key ON case_days (key, dimension, hall_id, day);

-- The services that ended in a hall on a day.
CREATE INDEX services_ended ON services (hall_id, ended_at) WHERE ended_at IS NOT NULL;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0031_score_months")]
    operations = [RunSQL(SQL)]
