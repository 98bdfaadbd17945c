"""Rows of materials as they go over the wire."""

from typing import Any

import msgspec

from app.materials import quality
from app.materials.schemas import MaterialFacts, MaterialShown, MaterialTaken, SimilarMaterial


def facts_of(row: dict[str, Any]) -> MaterialFacts:
    """What everybody sees who may see the material of this row of `queries`."""
    return msgspec.convert(_told(row), MaterialFacts)


def shown_of(row: dict[str, Any]) -> MaterialShown:
    """What its owner sees."""
    return msgspec.convert(_told(row), MaterialShown)


def taken_of(row: dict[str, Any], similar: dict[str, Any] | None) -> MaterialTaken:
    """What whoever sent it is told: one sentence, about the worst, or about what is similar."""
    advice = quality.advice(quality.read(row["findings"]), row["pages"])
    if similar and not advice:
        advice = f"与“{similar['filename']}”很像，可能重复上传。"
    like = msgspec.convert(similar, SimilarMaterial) if similar else None
    return msgspec.convert(_told(row) | {"advice": advice, "similar": like}, MaterialTaken)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    findings = [
        {"kind": found.kind, "page": found.page, "says": quality.says(found, row["pages"])}
        for found in quality.read(row["findings"])
    ]
    return row | {"findings": findings}
