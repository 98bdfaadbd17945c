"""Reading an enrolment code before a tablet's camera, where its browser cannot.

The tablet sends bare light values of one fixed size: there is no picture format to decode. Nothing
is read while no device waits for its code, so that the reader is not open to the whole internet,
and nothing but an enrolment code is ever told.
"""

import asyncio

from app.core.acts import Act
from app.core.errors import BadRequest, Problem
from evaluations.devices import queries
from evaluations.devices.rules import FRAME_EDGE, code_in

_one_at_a_time = asyncio.Semaphore(1)


class NoneWaits(Problem):
    """No device of this server waits for its code, so that none is looked for."""

    status = 409
    code = "device.none_waits"
    title = "现在没有等待登记的评价器，请管理员先生成登记码。"


async def code_before(act: Act, light: bytes) -> str:
    """The enrolment code in a picture; "" if there is none.

    Args:
        light: FRAME_EDGE × FRAME_EDGE bytes, row by row, from 0 (black) to 255 (white).

    Raises:
        BadRequest: it has another size. NoneWaits: no code is out that still holds.
    """
    if len(light) != FRAME_EDGE**2:
        raise BadRequest(f"画面应为 {FRAME_EDGE}×{FRAME_EDGE} 个灰度字节。")
    if not await queries.any_waits(act.at):
        raise NoneWaits
    async with _one_at_a_time:
        said = await asyncio.to_thread(_read, light)
    return next((code for text in said if (code := code_in(text))), "")


def _read(light: bytes) -> list[str]:
    import zxingcpp  # noqa: PLC0415 - 2 MB, for the minute in which a tablet is set up

    picture = memoryview(light).cast("B", (FRAME_EDGE, FRAME_EDGE))
    kinds = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(picture, formats=kinds)
    return [one.text for one in found if one.valid]
