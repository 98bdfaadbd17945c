"""Reading the platform's XML, which comes from outside: no document type, no entities, no depth."""

from typing import Any
from xml.parsers import expat

DEEPEST = 8
MOST_ELEMENTS = 2_000


class XmlRefused(Exception):  # noqa: N818 - a verdict on what was received
    """It is not well-formed, or has what the platform's XML never has."""


def read_xml(body: bytes) -> Any:
    """What is inside the outermost element: names and values.

    An element without others inside is its text; a name that occurs several times is a list.
    Attributes are not read.

    Raises:
        XmlRefused: also for any DOCTYPE, so that no entity is ever declared or expanded, for more
            than 8 levels, and for more than 2,000 elements.
    """
    building = _Building()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ProcessingInstructionHandler = _refuse
    parser.StartElementHandler = building.start
    parser.EndElementHandler = building.end
    parser.CharacterDataHandler = building.text
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat's own parameter, by place only
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise XmlRefused(type(error).__name__) from None
    return building.outermost


def _refuse(*_: Any) -> None:
    raise XmlRefused("declaration")


class _Building:
    """The values of the elements that are open, outermost first."""

    def __init__(self) -> None:
        self._open: list[dict[str, Any]] = []
        self._texts: list[str] = []
        self._count = 0
        self.outermost: Any = None

    def start(self, _name: str, _attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEEPEST or self._count > MOST_ELEMENTS:
            raise XmlRefused("shape")
        self._open.append({})
        self._texts.append("")

    def text(self, text: str) -> None:
        self._texts[-1] += text

    def end(self, name: str) -> None:
        inside, text = self._open.pop(), self._texts.pop()
        value: Any = inside or text.strip()
        if not self._open:
            self.outermost = value
            return
        parent = self._open[-1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]
