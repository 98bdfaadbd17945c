"""Emptying the tables between tests, which is done some thousand times.

`TRUNCATE` makes the files of every table and index anew, which takes longer than most tests. What
a test wrote is a few rows in a few tables: they are looked for and deleted. Deleted rows stay in
the files until somebody clears them up, so now and then everything is truncated all the same.
"""

from app.core import db

KEPT = ("tortoise_migrations", "audit_entries", "audit_chains")
"""Not emptied between tests: the trail must hold over the whole run."""
TRUNCATED_EVERY = 100


class Tables:
    """All tables of this worker's database, but for those that are kept.

    `sequences` are those of these tables; only a `superuser` may pass by their triggers.
    """

    def __init__(self, names: list[str], sequences: list[str], *, superuser: bool) -> None:
        self.sequences = sequences
        self.superuser = superuser
        self._names = names
        self._emptied = 0
        self._filled = " UNION ALL ".join(
            f"SELECT '{name}' AS name WHERE EXISTS (SELECT FROM {name})" for name in names
        )

    @classmethod
    async def found(cls) -> "Tables":
        """The tables that the migrations have made."""
        rows = await db.fetch(
            "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename <> ALL ($1::text[])",
            list(KEPT),
        )
        owned = await db.fetch(
            "SELECT d.objid::regclass::text AS name FROM pg_depend d"
            " JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'"
            " JOIN pg_class t ON t.oid = d.refobjid AND t.relname <> ALL ($1::text[])"
            " WHERE d.deptype IN ('a', 'i')",
            list(KEPT),
        )
        role = await db.fetch_one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        names = [row["name"] for row in rows]
        sequences = [row["name"] for row in owned]
        return cls(names, sequences, superuser=bool(role and role["rolsuper"]))

    async def filled(self) -> list[str]:
        """The names of the tables that have rows."""
        return [row["name"] for row in await db.fetch(self._filled)]

    async def empty(self) -> None:
        """Leave no row, and have every number begin at one again."""
        self._emptied += 1
        # Only a superuser can delete what the triggers of a table keep for ever.
        if not self.superuser or self._emptied % TRUNCATED_EVERY == 1:
            await db.execute(f"TRUNCATE {', '.join(self._names)} RESTART IDENTITY CASCADE")
            return
        filled = await self.filled()
        numbers = "".join(f"PERFORM setval('{name}', 1, false);" for name in self.sequences)
        deletes = "".join(f"DELETE FROM {name};" for name in filled)
        await db.execute(
            "DO $$ BEGIN SET LOCAL session_replication_role = replica;"
            f"{deletes}{numbers} SET LOCAL session_replication_role = origin; END $$"
        )
