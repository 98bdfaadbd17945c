"""Photos for invented applications, drawn here."""

import io

from PIL import Image, ImageDraw, ImageFont

from app.core import fonts


def drawn(words: str) -> bytes:
    """A small photo without anything to hide, another for other `words`; it shows the last."""
    picture = Image.new("RGB", (900, 640), (244, 241, 232))
    pen = ImageDraw.Draw(picture)
    for line, letter in enumerate(words.encode("ascii", "replace")):
        left = 40 + 46 * (line % 18)
        pen.rectangle((left, 560 - 3 * letter, left + 34, 600), fill=(90, 60 + letter, 110))
    font = ImageFont.truetype(fonts.path(), 44)
    pen.text((40, 40), f"演示材料 {words.rpartition(' ')[2]}", fill=(20, 20, 20), font=font)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def portrait(number: int) -> bytes:
    """A drawn head and shoulders before a plain wall, another one for each number."""
    wall, coat, hair = _LOOKS[number % len(_LOOKS)]
    picture = Image.new("RGB", (480, 600), wall)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((60, 400, 420, 760), fill=coat)
    pen.polygon(((200, 410), (280, 410), (240, 500)), fill=(250, 250, 247))
    pen.rectangle((205, 340, 275, 425), fill=(226, 182, 150))
    pen.ellipse((150, 120, 330, 390), fill=(238, 198, 168))
    pen.pieslice((138, 92, 342, 350), 180, 360, fill=hair)
    pen.ellipse((196, 242, 212, 258), fill=(42, 38, 34))
    pen.ellipse((268, 242, 284, 258), fill=(42, 38, 34))
    pen.arc((200, 270, 280, 330), 30, 150, fill=(150, 70, 60), width=6)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


_LOOKS = (
    ((222, 232, 226), (24, 78, 66), (44, 36, 32)),
    ((232, 226, 214), (52, 66, 104), (30, 26, 26)),
    ((226, 222, 232), (110, 52, 60), (58, 44, 34)),
    ((216, 226, 234), (70, 70, 70), (36, 34, 38)),
)
"""The colours of wall, coat and hair."""
