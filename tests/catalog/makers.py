"""Items and catalogue files for the tests."""

from pathlib import Path
from typing import Any

from app.catalog.guide import Content, Guide, Kind

HEADER = "department,group,name,implementation_code,kind_code,kind,region_code,department_code"


def content(**given: Any) -> Content:
    """A sound item about which little is said."""
    return Content(**{"name": "取水许可", "kind": Kind.LICENCE} | given)


def with_form(form: dict[str, Any]) -> Guide:
    """A guide with this form."""
    return Guide(form=form)


def form(properties: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A form with these fields, each titled by its name unless it has a title."""
    titled = {name: {"title": name} | schema for name, schema in properties.items()}
    return {"type": "object", "properties": titled, "x-order": list(titled)} | given


def csv_row(code: str, name: str = "取水许可", department: str = "水利局", kind: str = "1") -> str:
    """One row under `HEADER`."""
    label = {"1": "行政许可", "20": "公共服务"}[kind]
    return f"{department},,{name},{code},{kind},{label},511602000000,D1"


def csv_file(folder: Path, *rows: str, header: str = HEADER, name: str = "items.csv") -> Path:
    """A catalogue file of these rows."""
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path
