"""What is wrong with a catalogue file, told with its place: all of it at once."""

from collections.abc import Sequence

from app.catalog.import_schemas import ImportFault
from app.core.errors import Problem

SHOWN_FAULTS = 1_000


class CatalogInvalid(Problem):
    """A catalogue file has faults.

    `errors` are `{"row": 12, "column": "D", "message": "第 12 行 D 列：…"}`, the column empty where
    the row as a whole is wrong; `count` is how many there are, also of those that are not listed.
    """

    status = 422
    code = "catalog.import_invalid"
    title = "目录文件有误，没有导入任何事项。"


def refuse(faults: Sequence[ImportFault], unit: str) -> None:
    """Pass a file without faults. Raises CatalogInvalid; `unit` is what an entry is called."""
    if faults:
        ordered = sorted(faults, key=lambda fault: fault.row)
        errors = [
            {
                "row": fault.row,
                "column": fault.column,
                "message": f"第 {fault.row} {unit}{_place(fault)}：{fault.message}",
            }
            for fault in ordered
        ]
        raise CatalogInvalid(
            f"共 {len(errors)} 处错误，没有导入任何事项。{errors[0]['message']}",
            errors=errors[:SHOWN_FAULTS],
            count=len(errors),
        )


def _place(fault: ImportFault) -> str:
    return f" {fault.column} 列" if fault.column else ""
