"""How a browser is set up unless a test wants it otherwise."""

from typing import Any

USUAL: dict[str, Any] = {
    "viewport": {"width": 1024, "height": 768},
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
    "color_scheme": "light",
    "reduced_motion": "reduce",
}
