"""Photos for invented applications, drawn here."""

import io

from PIL import Image, ImageDraw


def drawn(words: str) -> bytes:
    """A small photo without anything to hide, different for different `words`."""
    picture = Image.new("RGB", (900, 640), (244, 241, 232))
    pen = ImageDraw.Draw(picture)
    for line, letter in enumerate(words.encode("ascii", "replace")):
        left = 40 + 46 * (line % 18)
        pen.rectangle((left, 560 - 3 * letter, left + 34, 600), fill=(90, 60 + letter, 110))
    pen.text((40, 40), words.encode("ascii", "replace").decode(), fill=(20, 20, 20), font_size=44)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()
