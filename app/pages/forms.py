"""Forms: what a browser sends, decoded into the schema of the endpoint.

A blank field is as good as absent, and blanks around a text are none of it, save in a password
(a field whose `Meta` says `extra={"as_typed": True}`). A name with dots nests: `problems.0.text`
is the text of the first problem. A field of a list takes its name several times.
"""

import functools
from typing import Any, get_type_hints

import msgspec
from sanic import Request

from app.core import csrf, wording
from app.core.decoding import lists_of
from app.core.errors import InvalidBody, UnsupportedMedia

DEEPEST = 4
MOST_FIELDS = 500


def decode(request: Request, schema: Any) -> Any:
    """The form's values as `schema` wants them.

    Raises:
        UnsupportedMedia: it is no form.
        InvalidBody: a value is missing or does not fit; `field` says which.
    """
    kind = request.headers.getone("content-type", "").partition(";")[0].strip().lower()
    if kind != csrf.FORM:
        raise UnsupportedMedia("请通过页面上的表单提交。")
    lists, as_typed = lists_of(schema), _as_typed(schema)
    tree: dict[str, Any] = {}
    for count, (name, values) in enumerate((request.get_form() or {}).items()):
        if count >= MOST_FIELDS:
            raise InvalidBody("表单的内容太多，请分次提交。")
        given = [_clean(name, value) for value in values if value.strip()]
        if name not in as_typed:
            given = [value.strip() for value in given]
        if name == csrf.FIELD or not given:
            continue
        if len(given) > 1 and name not in lists:
            raise InvalidBody(f"“{name}”只能填写一次。", field=name)
        _put(tree, name, given if name in lists else given[0])
    try:
        return msgspec.convert(_with_lists(tree), schema, strict=False)
    except (msgspec.ValidationError, RecursionError) as error:
        sentence, field = wording.explain(str(error))
        raise InvalidBody(sentence, **({"field": field} if field else {})) from None


@functools.cache
def _as_typed(schema: Any) -> frozenset[str]:
    """The names of the fields whose outer blanks belong to them."""
    hints = get_type_hints(schema, include_extras=True)
    return frozenset(
        name
        for name, hint in hints.items()
        for meta in getattr(hint, "__metadata__", ())
        if isinstance(meta, msgspec.Meta) and (meta.extra or {}).get("as_typed")
    )


def _clean(name: str, value: str) -> str:
    if "\x00" in value:
        raise InvalidBody("文字中含有不可见的空字符，请删除后重试。", field=name)
    return value.replace("\r\n", "\n")


def _put(tree: dict[str, Any], name: str, value: Any) -> None:
    *path, last = name.split(".")
    if len(path) > DEEPEST:
        raise InvalidBody("表单的内容不符合要求。", field=name)
    for part in path:
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            raise InvalidBody("表单的内容不符合要求。", field=name)
    tree[last] = value


def _with_lists(tree: Any) -> Any:
    """Where all names at one place are numbers, a list stands there, in their order."""
    if not isinstance(tree, dict):
        return tree
    nested = {name: _with_lists(value) for name, value in tree.items()}
    if nested and all(name.isascii() and name.isdigit() for name in nested):
        return [nested[name] for name in sorted(nested, key=int)]
    return nested
