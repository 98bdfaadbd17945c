"""How materials are kept and shown: uploads that go on, links, retention."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
SELECT 1;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0020_materials_intake")]
    operations = [RunSQL(SQL)]
