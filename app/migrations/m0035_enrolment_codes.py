"""An enrolment code is kept sealed for as long as it holds, so that its page can be loaded again.

Beside its digest, by which a device is found; both are taken away when the code is used, and when
the device is revoked.
"""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = "ALTER TABLE devices ADD COLUMN enrol_code bytea"


class Migration(Base):
    dependencies = [("zhangban", "m0034_score_sums")]
    operations = [RunSQL(SQL)]
