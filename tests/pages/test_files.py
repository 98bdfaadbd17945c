"""What a browser is given is in an installed server too."""

import tomllib
from pathlib import Path

from app.pages import assets

ROOT = Path(__file__).parents[2]


def test_every_template_and_file_goes_into_the_wheel() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = settings["tool"]["setuptools"]["package-data"]["*"]
    packed = {pattern.removeprefix("**/*") for pattern in patterns if pattern.startswith("**/")}
    folders = [*assets.HERE.glob("*/templates"), *assets.HERE.glob("*/static")]
    assert folders
    found = {path.suffix for folder in folders for path in folder.rglob("*") if path.is_file()}
    assert found <= packed
