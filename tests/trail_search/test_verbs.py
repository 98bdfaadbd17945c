"""That everything which is written to the trail has a name in Chinese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.core.auth import Citizen, Client, Device, Nobody, Staff, System
from app.trail.verbs import ACTORS, KINDS, SUBJECTS, VERBS, kind_of, name_of

_VERB = re.compile(r"[a-z_]+\.[a-z_]+")
_ROOTS = ("app", "evaluations")


def _texts(node: ast.expr) -> Iterator[str]:
    """The verbs that an expression may be, as patterns; of a name, nothing."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_]+"
            for part in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def _calls() -> Iterator[tuple[Path, ast.Call, ast.Module]]:
    for root in _ROOTS:
        for path in sorted(Path(root).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                if node.func.attr == "audit" and len(node.args) > 1:
                    yield path, node, tree


def _verbs() -> set[tuple[str, str]]:
    """(where, pattern) of every verb in the sources; of a variable, what it is set to."""
    found: set[tuple[str, str]] = set()
    for path, call, tree in _calls():
        given = list(_texts(call.args[0]))
        if isinstance(call.args[0], ast.Name):
            for node in ast.walk(tree):
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == call.args[0].id:
                    given += [text for text in _texts(node.value) if "\\." in text]
        found |= {(str(path), text) for text in given}
    return found


def test_every_verb_in_the_sources_has_a_name() -> None:
    verbs = _verbs()
    assert len(verbs) > 150
    unnamed = {
        (path, pattern)
        for path, pattern in verbs
        if not any(re.fullmatch(pattern, verb) for verb in VERBS)
    }
    assert unnamed == set()


def test_no_name_is_left_of_a_verb_that_nobody_writes_any_more() -> None:
    patterns = {pattern for _, pattern in _verbs()}
    texts = "\n".join(
        path.read_text(encoding="utf-8")
        for root in _ROOTS
        for path in Path(root).rglob("*.py")
        if path.parent.name != "trail"
    )
    left = {
        verb
        for verb in VERBS
        if not any(re.fullmatch(pattern, verb) for pattern in patterns) and f'"{verb}"' not in texts
    }
    assert left == set()


def test_every_kind_of_subject_in_the_sources_has_a_name() -> None:
    kinds = set()
    for _, call, _ in _calls():
        for text in _texts(call.args[1]):
            kind = text.replace("\\", "").partition(":")
            if kind[1] and re.fullmatch("[a-z_]+", kind[0]):
                kinds.add(kind[0])
    assert {"case", "staff", "hall"} <= kinds
    assert kinds - set(SUBJECTS) == set()


def test_everybody_who_acts_has_a_name() -> None:
    kinds = {one.kind for one in (Citizen, Client, Device, Nobody, Staff, System)}
    assert kinds == set(ACTORS)


def test_verbs_are_named_in_chinese_and_belong_to_a_kind() -> None:
    for verb, name in VERBS.items():
        assert _VERB.fullmatch(verb)
        assert re.fullmatch(r"[\u4e00-\u9fff，]+", name), verb
        assert verb.partition(".")[0] in KINDS


def test_what_is_not_known_is_shown_as_it_is() -> None:
    assert name_of("newer.verb") == "newer.verb"
    assert kind_of("newer:1") == ""
    assert kind_of("case:511602") == "办件"
