"""The verification as a page: plain HTML that needs no script and loads nothing."""

from html import escape

from app.core.wire import File
from app.documents.papers import chinese_day
from app.documents.rules import Validity
from app.documents.schemas import Verified

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
)
_COLOURS = {
    Validity.VALID: "#1a7f37",
    Validity.EXPIRED: "#9a6700",
    Validity.REVOKED: "#cf222e",
    Validity.ALTERED: "#cf222e",
}
_STYLE = (
    "body{margin:0;background:#f4f5f7;color:#1f2328;font:17px/1.7 system-ui,sans-serif}"
    "main{max-width:34em;margin:0 auto;padding:1.2em;background:#fff;min-height:100vh;"
    "box-sizing:border-box}h1{font-size:1.25em;margin:.2em 0 .8em}"
    ".state{color:#fff;padding:.7em 1em;border-radius:.4em;font-size:1.3em;font-weight:600}"
    "dl{margin:1.2em 0}dt{color:#59636e;font-size:.88em;margin-top:.8em}dd{margin:0;"
    "overflow-wrap:anywhere}input,button{font:inherit;padding:.6em;width:100%;"
    "box-sizing:border-box;margin-top:.6em}p.small{color:#59636e;font-size:.88em}"
)
_FORM = (
    '<form action="/v" method="get"><label for="code">输入文书上印的核验码</label>'
    '<input id="code" name="code" maxlength="100" autocomplete="off" autocapitalize="characters">'
    '<button type="submit">核验</button></form>'
)


def of(found: Verified) -> File:
    """What there is to say of a paper."""
    rows = [
        ("文书", found.title),
        ("编号", found.number),
        ("出具单位", found.hall),
        ("出具日期", chinese_day(found.issued_on)),
        ("有效期至", chinese_day(found.valid_until) if found.valid_until else None),
        ("事项", found.item_name or None),
        ("办件编号", found.case_number),
        ("持有人", found.holder),
        ("撤销日期", chinese_day(found.revoked_on) if found.revoked_on else None),
        ("撤销原因", found.revoked_why),
    ]
    listed = "".join(
        f"<dt>{label}</dt><dd>{escape(value)}</dd>" for label, value in rows if value is not None
    )
    return _page(
        f'<div class="state" style="background:{_COLOURS[found.state]}">{found.says}</div>'
        f"<dl>{listed}</dl>"
        '<p class="small">请将以上内容与手中的文书逐项核对，不一致的，请向出具单位核实。</p>'
    )


def unknown(sentence: str) -> File:
    """No paper has this code."""
    said = f'<div class="state" style="background:#cf222e">未查到</div><p>{escape(sentence)}</p>'
    return _page(said + _FORM)


def empty() -> File:
    """Nothing was asked yet."""
    return _page(_FORM)


def _page(body: str) -> File:
    text = (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">'
        f"<title>文书核验</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>文书核验</h1>{body}</main></body></html>"
    )
    return File(
        text.encode(),
        "text/html; charset=utf-8",
        cache="no-store",
        headers={"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"},
    )
