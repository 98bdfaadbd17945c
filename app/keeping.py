"""Commands for what is kept: photos verified, values sealed under a new key, old data erased."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

materials = typer.Typer(no_args_is_help=True, help="Photos and documents of applications.")
InHouse = Callable[[Callable[[Any], Awaitable[Any]]], Any]


class Failed(Exception):  # noqa: N818 - an end with a sentence
    """End the command with one sentence and exit status 1."""


def sealed_columns() -> tuple[list[Any], list[Any]]:
    """Every sealed column of the house, and the look-up columns that can be made anew.

    The models must be loaded, as they are in an open house.
    """
    from app.citizens.service import ID_NUMBER, PHONE
    from app.core.reseal import Indexed, Sealed, personal_columns
    from app.materials.vault import DATA_KEY

    sealed = [
        *personal_columns(),
        Sealed("pictures", "digest", "bytea", "data_key", DATA_KEY),
        Sealed("devices", "id", "uuid", "secret", "devices.secret"),
        Sealed("api_clients", "id", "uuid", "secret", "api_clients.secret"),
    ]
    by_name = {(column.table, column.column): column for column in sealed}
    looked_up = (
        ("citizens", "phone", "phone_index", PHONE),
        ("citizens", "id_number", "id_number_index", ID_NUMBER),
        ("citizen_children", "id_number", "id_number_index", ID_NUMBER),
        ("enterprise_invitations", "phone", "phone_index", PHONE),
        ("assistance_consents", "helper_phone", "helper_phone_index", PHONE),
    )
    return sealed, [
        Indexed(by_name[table, column], index, context)
        for table, column, index, context in looked_up
    ]


NOT_TOLD = (
    "Keyed digests carry no key's id. Under a key that is dropped are no longer found: codes from"
    " the counter and of devices that were not used yet, ID numbers of accounts that were deleted,"
    " repeats of photos, payments and other systems' records that came before the change of keys."
)


def add_commands(cli: typer.Typer, keys: typer.Typer, in_house: InHouse, out: Console) -> None:
    """Put the commands of this module into the command line."""
    cli.add_typer(materials, name="materials")

    @materials.command("verify")
    def verify(
        sample: Annotated[
            float, typer.Option(min=0.0001, max=1, help="Share of the pictures that are opened.")
        ] = 1.0,
    ) -> None:
        """Open every picture and look for stray objects; exit status 1 if anything is wrong."""
        from app.materials import verifying

        found = in_house(lambda act: verifying.verify(act, sample))
        table = Table("fault", "object", "materials")
        for one in found.faults:
            table.add_row(one.fault, one.stored_as.hex, str(one.materials))
        if found.faults:
            out.print(table)
        lost = sum(one.fault != "orphan" for one in found.faults)
        strays = len(found.faults) - lost
        if found.faults:
            raise Failed(
                f"{found.pictures} pictures looked at: {lost} cannot be shown, {strays} stray sets"
                " of objects (the server removes those by itself)."
            )
        out.print(f"{found.pictures} pictures looked at: all of them whole.")

    @keys.command("reseal")
    def reseal() -> None:
        """Seal under the newest key what is sealed under older ones; the server may go on."""
        from app.core import reseal as sealing

        async def work(act: Any) -> tuple[list[Any], int]:
            sealed, looked_up = sealed_columns()
            done = await sealing.reseal(act.house.keyring, sealed)
            indexes = await sealing.reindex(act.house.keyring, looked_up)
            async with act.transaction() as tx:
                total, stuck = sum(one.done for one in done), sum(one.stuck for one in done)
                tx.audit("keys.resealed", "keys", values=total, indexes=indexes, stuck=stuck)
            return done, indexes

        done, indexes = in_house(work)
        table = Table("column", "sealed anew", "cannot be opened")
        for one in done:
            if one.done or one.stuck:
                name = f"{one.column.table}.{one.column.column}"
                table.add_row(name, str(one.done), str(one.stuck))
        if table.row_count:
            out.print(table)
        out.print(f"Sealed anew: {sum(one.done for one in done)}; look-up values: {indexes}.")
        if any(one.stuck for one in done):
            raise Failed("Some values cannot be opened: their key is not in ZHANGBAN_KEYS.")

    @keys.command("unused")
    def unused() -> None:
        """Say which keys' ids still occur, where, and which keys nothing is sealed with any more."""
        from app.core import reseal as sealing

        async def work(act: Any) -> tuple[list[str], dict[str, Any]]:
            return act.house.keyring.key_ids, await sealing.occurrences(sealed_columns()[0])

        ids, found = in_house(work)
        table = Table("key", "where", "values")
        for name, counts in found.items():
            for key_id, number in sorted(counts.items()):
                table.add_row(key_id, name, str(number))
        out.print(table)
        used = {key_id for counts in found.values() for key_id in counts}
        for key_id in sorted(used - set(ids)):
            out.print(f"{key_id}: occurs, and is not in ZHANGBAN_KEYS.")
        free = [key_id for key_id in ids[1:] if key_id not in used]
        out.print(f"Nothing is under: {', '.join(free)}." if free else "Every key is still used.")
        out.print(NOT_TOLD)

    @cli.command()
    def retention(
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    ) -> None:
        """Erase the personal data of cases whose time is over; the server does it once a day."""
        from app.cases import retention as cases

        async def work(act: Any) -> Any:
            return await (cases.erase_due(act, dry_run=True) if dry_run else cases.erase_all(act))

        found = in_house(work)
        table = Table("what", "would be erased" if dry_run else "erased")
        table.add_row("cases (applicant, form, address)", str(found.cases))
        table.add_row("photos and documents", str(found.photos))
        table.add_row("kept: something is still open", str(found.held))
        out.print(table)
