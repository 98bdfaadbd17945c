"""OpenAPI 3.1 out of the endpoints themselves, and a page to read it that loads nothing else."""

import html
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from sanic import Sanic

from app import __version__
from app.core.api import Endpoint
from app.core.auth import Guard
from app.core.wire import File, Out

_FORMATS: dict[str, dict[str, Any]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer"},
    "str": {"type": "string", "minLength": 1},
}
_REF = "#/components/schemas/{name}"


class ProblemShown(Out, frozen=True):
    """An error (RFC 9457): `code` is stable, `title` and `detail` can be shown to people."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    field: str | None = None
    request_id: str | None = None


def endpoints(app: Sanic) -> Iterator[tuple[str, str, dict[str, Any], Endpoint]]:
    """Every declared endpoint as (method, path template, path parameters, endpoint)."""
    for route in app.router.routes:
        endpoint = getattr(route.handler, "endpoint", None)
        if endpoint is None:
            continue
        path = "/" + route.path
        parameters: dict[str, Any] = {}
        for parameter in route.params.values():
            path = re.sub(rf"<{parameter.name}(:[^>]*)?>", f"{{{parameter.name}}}", path)
            parameters[parameter.name] = _FORMATS.get(parameter.label, {"type": "string"})
        for method in sorted(route.methods - {"HEAD", "OPTIONS"}):
            yield method, path, parameters, endpoint


def document(app: Sanic) -> dict[str, Any]:
    """The OpenAPI document of everything that `app` serves."""
    found = [entry for entry in endpoints(app) if not (entry[3].socket or entry[3].page)]
    types: list[Any] = [ProblemShown]
    for _, _, _, endpoint in found:
        for shape in (endpoint.body, endpoint.query, endpoint.answer):
            if shape not in (None, type(None), File) and shape not in types:
                types.append(shape)
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    schema_of = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for method, path, parameters, endpoint in found:
        paths.setdefault(path, {})[method.lower()] = _operation(
            method, path, parameters, endpoint, schema_of, components
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "掌办 (zhangban)",
            "version": __version__,
            "description": "Palm handling and good-or-bad ratings of a service hall.",
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": components,
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer"},
                "device": {"type": "apiKey", "in": "header", "name": "Zhangban-Device"},
            },
        },
    }


def _operation(
    method: str,
    path: str,
    path_parameters: dict[str, Any],
    endpoint: Endpoint,
    schema_of: dict[str, Any],
    components: dict[str, Any],
) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in path_parameters.items()
    ]
    if endpoint.query is not None:
        shape = components[endpoint.query.__name__]
        parameters += [
            {
                "name": name,
                "in": "query",
                "required": name in shape.get("required", ()),
                "schema": schema,
            }
            for name, schema in shape["properties"].items()
        ]
    if endpoint.once:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "maxLength": 128},
                "description": "A repeat with the same key gets the first answer.",
            }
        )
    slug = re.sub(r"[^a-z0-9]+", "_", f"{method}_{path}".lower()).strip("_")
    summary, _, description = endpoint.summary.partition("\n")
    operation: dict[str, Any] = {
        "operationId": slug,
        "tags": [endpoint.tag],
        "summary": summary,
        "parameters": parameters,
        "responses": _responses(endpoint, schema_of),
        "security": _security(endpoint.guard),
        "x-guard": endpoint.guard.name,
    }
    if description.strip():
        operation["description"] = description.strip()
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema_of[repr(endpoint.body)]}},
        }
    elif endpoint.stream and endpoint.answer is None:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {
            "required": True,
            "content": {"application/offset+octet-stream": binary},
        }
    elif endpoint.stream:
        operation["requestBody"] = {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                }
            },
        }
    return operation


def _responses(endpoint: Endpoint, schema_of: dict[str, Any]) -> dict[str, Any]:
    if endpoint.answer is File:
        binary = {"schema": {"type": "string", "format": "binary"}}
        good = {"description": "The file.", "content": {"application/octet-stream": binary}}
        status = str(endpoint.status)
    elif endpoint.answer in (None, type(None)):
        good, status = {"description": "Done; nothing to say."}, "204"
    else:
        shape = {"schema": schema_of[repr(endpoint.answer)]}
        good = {"description": "Done.", "content": {"application/json": shape}}
        status = str(endpoint.status)
    problem = {
        "description": "A problem: see its `code`.",
        "content": {
            "application/problem+json": {"schema": {"$ref": _REF.format(name="ProblemShown")}}
        },
    }
    return {status: good, "4XX": problem, "5XX": problem}


def _security(guard: Guard) -> list[dict[str, list[str]]]:
    ways: list[dict[str, list[str]]] = []
    if "nobody" in guard.kinds:
        ways.append({})
    if guard.kinds & {"citizen", "staff"}:
        ways.append({"session": []})
    if "device" in guard.kinds:
        ways.append({"device": []})
    return ways


def page(spec: dict[str, Any]) -> str:
    """`spec` as one HTML page without scripts, for people who want to look something up."""
    blocks: list[str] = []
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {})
            rows = "".join(
                f"<tr><td><code>{html.escape(p['name'])}</code></td><td>{p['in']}</td>"
                f"<td>{'required' if p['required'] else ''}</td>"
                f"<td><code>{html.escape(_brief(p['schema']))}</code></td></tr>"
                for p in operation["parameters"]
            )
            shapes = "".join(
                f"<p>Body: <code>{html.escape(kind)}</code> {_link(content['schema'])}</p>"
                for kind, content in body.items()
            )
            answers = "".join(
                f"<p>{status}: {_link(content['schema'])}</p>"
                for status, response in operation["responses"].items()
                if status.startswith("2")
                for content in response.get("content", {}).values()
            )
            blocks.append(
                f"<section><h3 id='{operation['operationId']}'><b>{method.upper()}</b> "
                f"{html.escape(path)}</h3><p>{html.escape(operation['summary'])} "
                f"<i>{html.escape(operation['x-guard'])}</i></p>"
                + (f"<table>{rows}</table>" if rows else "")
                + shapes
                + answers
                + "</section>"
            )
    schemas = "".join(
        f"<section><h3 id='schema-{html.escape(name)}'>{html.escape(name)}</h3>"
        f"<pre>{html.escape(msgspec.json.format(msgspec.json.encode(schema)).decode())}</pre>"
        "</section>"
        for name, schema in sorted(spec["components"]["schemas"].items())
    )
    return _PAGE.format(
        title=html.escape(spec["info"]["title"]),
        version=spec["info"]["version"],
        blocks="".join(blocks),
        schemas=schemas,
    )


def _brief(schema: dict[str, Any]) -> str:
    kinds = [schema, *schema.get("anyOf", [])]
    return " | ".join(str(kind["type"]) for kind in kinds if "type" in kind) or "see schema"


def _link(schema: dict[str, Any]) -> str:
    reference = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
    if not reference:
        return f"<code>{html.escape(_brief(schema))}</code>"
    return f"<a href='#schema-{html.escape(reference)}'>{html.escape(reference)}</a>"


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title} API</title>
<style>
:root{{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent)}}
body{{font:16px/1.55 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
section{{border-top:1px solid var(--line);padding:.4rem 0}}
h3{{font:600 1rem ui-monospace,monospace;margin:.5rem 0;overflow-wrap:anywhere}}
h3 b{{display:inline-block;min-width:4.5rem;color:#0a6e5c}}
table{{border-collapse:collapse}}td{{padding:.15rem .8rem .15rem 0;vertical-align:top}}
pre{{overflow:auto;border:1px solid var(--line);padding:.6rem;border-radius:.4rem}}
i{{opacity:.7}}a{{color:#0a6e5c}}
</style><h1>{title} API {version}</h1>
<p>The same as <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1), for reading.</p>
{blocks}<h2>Schemas</h2>{schemas}</html>"""
