"""Passwords that somebody else has set: their owners choose another before anything else."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

# Accounts that are there already keep working: of them nobody can tell who chose the password.
SQL = """
ALTER TABLE staff ADD COLUMN first_password boolean NOT NULL DEFAULT false;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0032_decided_cases")]
    operations = [RunSQL(SQL)]
