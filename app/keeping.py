"""What the command line does about what is kept: photos verified, values sealed anew, old data."""

from rich.console import Console
from rich.table import Table

from app.cases import retention as cases
from app.citizens.service import ID_NUMBER, PHONE
from app.core import reseal as sealing
from app.core.acts import Act
from app.core.reseal import Indexed, Sealed
from app.materials import portraits, verifying
from app.materials.vault import DATA_KEY
from app.works.vault import DATA_KEY as WORKS_KEY

NOT_TOLD = (
    "Keyed digests carry no key's id. Under a key that is dropped are no longer found: codes from"
    " the counter, of devices and for the recovery of staff's accounts that were not used yet, ID"
    " numbers of accounts that were deleted, repeats of photos, payments and other systems' records"
    " from before the change of keys."
)
"""What `keys unused` cannot see."""
_OTHERS = (
    Sealed("pictures", "digest", "bytea", "data_key", DATA_KEY),
    Sealed("staff_photos", "staff_id", "uuid", "jpeg", portraits.CONTEXT),
    Sealed("devices", "id", "uuid", "secret", "devices.secret"),
    Sealed("devices", "id", "uuid", "enrol_code", "devices.enrol_code"),
    Sealed("works", "id", "uuid", "data_key", WORKS_KEY),
    Sealed("api_clients", "id", "uuid", "secret", "api_clients.secret"),
    Sealed("second_factors", "staff_id", "uuid", "secret", "second_factors.secret"),
)
"""Sealed columns that are no text of a person."""
_LOOKED_UP = (
    ("citizens", "phone", "phone_index", PHONE),
    ("citizens", "id_number", "id_number_index", ID_NUMBER),
    ("citizen_children", "id_number", "id_number_index", ID_NUMBER),
    ("enterprise_invitations", "phone", "phone_index", PHONE),
    ("assistance_consents", "helper_phone", "helper_phone_index", PHONE),
)


def sealed_columns() -> list[Sealed]:
    """Every sealed column of the house, whose models are loaded."""
    return [*sealing.personal_columns(), *_OTHERS]


def indexed_columns() -> list[Indexed]:
    """The look-up columns that can be made anew from the value beside them."""
    sealed = {(column.table, column.column): column for column in sealed_columns()}
    return [
        Indexed(sealed[table, column], index, context)
        for table, column, index, context in _LOOKED_UP
    ]


async def verify_materials(act: Act, sample: float, out: Console) -> str | None:
    """Open the pictures and look for stray objects; what is wrong, in one sentence, or None.

    Raises:
        StorageDown: the storage does not answer.
    """
    found = await verifying.verify(act, sample)
    if not found.faults:
        out.print(f"{found.pictures} pictures looked at: all of them whole.")
        return None
    table = Table("fault", "object", "materials")
    for one in found.faults:
        table.add_row(one.fault, one.stored_as.hex, str(one.materials))
    out.print(table)
    strays = sum(one.fault == "orphan" for one in found.faults)
    return (
        f"{found.pictures} pictures looked at: {len(found.faults) - strays} cannot be shown,"
        f" {strays} stray sets of objects (the server removes those by itself)."
    )


async def reseal(act: Act, out: Console) -> str | None:
    """Seal under the newest key what is under older ones; a sentence if something did not open."""
    done = await sealing.reseal(act.house.keyring, sealed_columns())
    indexes = await sealing.reindex(act.house.keyring, indexed_columns())
    total, stuck = sum(one.done for one in done), sum(one.stuck for one in done)
    async with act.transaction() as tx:
        tx.audit("keys.resealed", "keys", values=total, indexes=indexes, stuck=stuck)
    table = Table("column", "sealed anew", "cannot be opened")
    for one in done:
        if one.done or one.stuck:
            table.add_row(f"{one.column.table}.{one.column.column}", str(one.done), str(one.stuck))
    if table.row_count:
        out.print(table)
    out.print(f"Sealed anew: {total}; look-up values: {indexes}.")
    return (
        f"{stuck} values do not open: altered, or their key is not in the list." if stuck else None
    )


async def unused(act: Act, out: Console) -> list[str]:
    """Show where which key's id occurs; returns the older keys under which nothing stands."""
    found = await sealing.occurrences(sealed_columns())
    table = Table("key", "where", "values")
    for name, counts in found.items():
        for key_id, number in sorted(counts.items()):
            table.add_row(key_id, name, str(number))
    out.print(table)
    used = {key_id for counts in found.values() for key_id in counts}
    known = act.house.keyring.key_ids
    for key_id in sorted(used - set(known)):
        out.print(f"{key_id} occurs, and is not in ZHANGBAN_KEYS.")
    free = [key_id for key_id in known[1:] if key_id not in used]
    out.print(f"Nothing is under: {', '.join(free)}." if free else "Every key is still used.")
    out.print(NOT_TOLD)
    return free


async def erase_old(act: Act, out: Console, *, dry_run: bool) -> None:
    """Erase the personal data of cases whose time is over, or only count them."""
    found = await (cases.erase_due(act, dry_run=True) if dry_run else cases.erase_all(act))
    table = Table("what", "would be erased" if dry_run else "erased")
    table.add_row("cases (applicant, form, address)", str(found.cases))
    table.add_row("photos and documents", str(found.photos))
    table.add_row("cases kept, because something is open", str(found.held))
    out.print(table)
