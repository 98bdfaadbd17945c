"""The catalogue in full: what people type, sample pictures, most used."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
SELECT 1;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0012_exchange")]
    operations = [RunSQL(SQL)]
