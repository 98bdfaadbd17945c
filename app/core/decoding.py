"""What a request says, decoded into the schema that its endpoint takes."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

import msgspec
from sanic import Request

from app.core import wording
from app.core.errors import BadRequest, InvalidBody, InvalidQuery, UnsupportedMedia

JSON = "application/json"


def body(request: Request, decoder: msgspec.json.Decoder) -> Any:
    """The JSON body. Raises UnsupportedMedia or InvalidBody, which says what is wrong where."""
    kind = request.headers.getone("content-type", "")
    if kind != JSON and kind.partition(";")[0].strip().lower() != JSON:
        raise UnsupportedMedia("请以 application/json 格式提交。")
    if b"\\u0000" in request.body or b"\x00" in request.body:
        raise InvalidBody("文字中含有不可见的空字符，请删除后重试。")
    try:
        return decoder.decode(request.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        sentence, field = wording.explain(str(error))
        raise InvalidBody(sentence, **({"field": field} if field else {})) from None


def require_clean(values: Mapping[str, Any]) -> None:
    """Let the values of a path pass that a database can hold. Raises BadRequest."""
    if any(isinstance(value, str) and "\x00" in value for value in values.values()):
        raise BadRequest


def lists_of(schema: Any) -> frozenset[str]:
    """The names in a query that may come several times."""
    return frozenset(
        field.encode_name for field in msgspec.structs.fields(schema) if _is_list(field.type)
    )


def _is_list(kind: Any) -> bool:
    """Whether a field takes a list, be it a bounded one: `Annotated[list[…], Meta(…)]`."""
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return get_origin(bare) is list


def query(request: Request, schema: Any, lists: frozenset[str]) -> Any:
    """The query of the address, with the names of its `lists_of`. Raises InvalidQuery."""
    given: dict[str, Any] = {}
    for name, values in request.get_args(keep_blank_values=False).items():
        if any("\x00" in value for value in values):
            raise InvalidQuery("文字中含有不可见的空字符，请删除后重试。", field=name)
        if name in lists:
            given[name] = values
        elif len(values) > 1:
            raise InvalidQuery(f"“{name}”只能出现一次。", field=name)
        else:
            given[name] = values[0]
    try:
        return msgspec.convert(given, schema, strict=False)
    except msgspec.ValidationError as error:
        sentence, field = wording.explain(str(error))
        raise InvalidQuery(sentence, **({"field": field} if field else {})) from None
