"""QR codes for screens and printers."""

import io

QUIET = 4
"""Modules of light around a code (ISO/IEC 18004, section 6.3.8)."""
PRINTED_SCALE = 16


def svg(address: str, label: str) -> str:
    """The code as an inline picture, dark on light in every theme; `label` is its description."""
    import segno  # noqa: PLC0415 - only these pages draw codes in HTML
    from markupsafe import Markup, escape  # noqa: PLC0415

    drawn = segno.make_qr(address, error="m").svg_inline(
        border=QUIET, light="#fff", dark="#000", omitsize=True, svgclass="qr", lineclass=None
    )
    return Markup(drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1))  # noqa: S704 - segno's, and an escaped label


def png(address: str) -> bytes:
    """The code as a picture for a printer's shop: 16 pixels a module."""
    import segno  # noqa: PLC0415

    out = io.BytesIO()
    segno.make_qr(address, error="m").save(out, kind="png", scale=PRINTED_SCALE, border=QUIET)
    return out.getvalue()
