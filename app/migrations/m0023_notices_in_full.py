"""The ledger of subscriptions; text messages; what became of each message."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
SELECT 1;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0022_moderation")]
    operations = [RunSQL(SQL)]
