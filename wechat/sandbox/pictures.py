"""A picture in place of a mini-program code: round, and it says what a phone would scan."""

import io

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

INK = (22, 119, 76)


def draw_code(scene: str, page: str, width: int) -> bytes:
    """A PNG of `width` pixels that shows the scene; its text chunks hold `scene` and `page`."""
    image = Image.new("RGB", (width, width), "white")
    pen = ImageDraw.Draw(image)
    edge = width // 24
    pen.ellipse((edge, edge, width - edge, width - edge), outline=INK, width=max(edge // 2, 2))
    _rays(pen, scene, width)
    size = max(width // 24, 11)
    pen.text(
        (width / 2, width / 2),
        "\n".join(scene[i : i + 16] for i in range(0, len(scene), 16)),
        fill=INK,
        font=ImageFont.load_default(size),
        anchor="mm",
        align="center",
    )
    said = PngImagePlugin.PngInfo()
    said.add_text("scene", scene)
    said.add_text("page", page)
    out = io.BytesIO()
    image.save(out, format="PNG", pnginfo=said)
    return out.getvalue()


def _rays(pen: ImageDraw.ImageDraw, scene: str, width: int) -> None:
    """Dashes around the rim, one for each bit, so that two scenes look different."""
    bits = "".join(f"{ord(char):08b}" for char in scene)
    inset = width // 9
    box = (inset, inset, width - inset, width - inset)
    step = 360 / len(bits)
    for place, bit in enumerate(bits):
        if bit == "1":
            pen.arc(box, place * step, (place + 0.7) * step, fill=INK, width=max(width // 20, 4))
