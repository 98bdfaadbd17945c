"""Papers as citizens photograph them, drawn: a page, a card, a certificate, on a table, in light.

All of it follows from a seed, so that a test that fails fails again.
"""

import functools
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from app.core import fonts

SIZE = (1200, 1600)
WORDS = (
    "营业执照申请人身份证明委托代理人姓名住所经营范围注册资本法定代表人类型成立日期有效期限登记机关"
    "食品销售餐饮服务消防安全检查合格意见房屋租赁合同平面布局图从业人员健康证明材料真实承诺签字盖章"
    "年月日第一二三四五六七八九十条款号码电话地址县镇村组幢单元室平方米人民币元整"
)


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(fonts.path()), size)


def _line(rng: random.Random, letters: int) -> str:
    return "".join(
        rng.choice(WORDS) if rng.random() < 0.85 else str(rng.randrange(10)) for _ in range(letters)
    )


def page(seed: int, size: tuple[int, int] = SIZE, letter: int = 24) -> Image.Image:
    """A printed page: a heading, paragraphs, a red seal."""
    rng = random.Random(seed)
    width, height = size
    image = Image.new("RGB", size, (250, 250, 248))
    draw = ImageDraw.Draw(image)
    margin = width // 10
    draw.text((width // 3, margin // 2), _line(rng, 8), fill=(20, 20, 20), font=_font(letter * 2))
    fits = (width - 2 * margin) // letter
    y = margin + letter * 2
    while y < height - margin:
        if rng.random() < 0.12:
            y += letter
        length = fits if rng.random() < 0.75 else rng.randrange(4, fits)
        draw.text((margin, y), _line(rng, length), fill=(25, 25, 25), font=_font(letter))
        y += round(letter * rng.choice((1.5, 1.5, 1.8)))
    x, y = width - margin * 3, height - margin * 3
    draw.ellipse((x, y, x + margin * 2, y + margin * 2), outline=(210, 30, 30), width=6)
    return image


def form(seed: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """A form: a grid with some words in its cells, handwriting in others."""
    rng = random.Random(seed)
    width, height = size
    image = Image.new("RGB", size, (246, 246, 244))
    draw = ImageDraw.Draw(image)
    margin, rows = width // 12, rng.randrange(10, 18)
    step = (height - 3 * margin) // rows
    draw.text((width // 3, margin // 2), _line(rng, 7), fill=(0, 0, 0), font=_font(44))
    for row in range(rows + 1):
        y = 2 * margin + row * step
        draw.line((margin, y, width - margin, y), fill=(40, 40, 40), width=3)
        if row < rows:
            draw.text((margin + 12, y + 14), _line(rng, 4), fill=(30, 30, 30), font=_font(26))
            written = _line(rng, rng.randrange(3, 14))
            draw.text((margin + 300, y + 10), written, fill=(20, 30, 110), font=_font(34))
    for x in (margin, margin + 280, width - margin):
        draw.line((x, 2 * margin, x, 2 * margin + rows * step), fill=(40, 40, 40), width=3)
    return image


def card(seed: int, size: tuple[int, int] = (1000, 630)) -> Image.Image:
    """A card such as an identity card: a face, a few lines, a long number."""
    rng = random.Random(seed)
    width, height = size
    image = Image.new("RGB", size, (205, 220, 225))
    draw = ImageDraw.Draw(image)
    for n in range(0, width, 14):
        draw.arc((n - 200, -100, n + 200, height + 100), 60, 300, fill=(190, 208, 216))
    for n, label in enumerate(("姓名", "性别", "出生", "住址")):
        y = 70 + n * 95
        draw.text((60, y), label, fill=(70, 120, 170), font=_font(30))
        draw.text((160, y - 6), _line(rng, rng.randrange(2, 12)), fill=(25, 25, 25), font=_font(38))
    number = "".join(str(rng.randrange(10)) for _ in range(18))
    draw.text((320, height - 90), number, fill=(20, 20, 20), font=_font(44))
    tone = tuple(rng.randrange(120, 200) for _ in range(3))
    draw.rectangle((690, 90, 920, 420), fill=(235, 235, 235))
    draw.ellipse((740, 130, 870, 300), fill=tone)
    draw.rectangle((715, 310, 895, 420), fill=tuple(v // 2 for v in tone))
    return image


def certificate(seed: int, size: tuple[int, int] = (1600, 1130)) -> Image.Image:
    """A licence: an ornamented border, a large title, few lines, a seal."""
    rng = random.Random(seed)
    width, height = size
    image = Image.new("RGB", size, (252, 248, 236))
    draw = ImageDraw.Draw(image)
    for n in range(0, 50, 8):
        box = (30 + n, 30 + n, width - 30 - n, height - 30 - n)
        draw.rectangle(box, outline=(190 - n, 150, 70), width=4)
    draw.text((width // 2 - 280, 150), "营 业 执 照", fill=(30, 30, 30), font=_font(110))
    for n in range(9):
        left = 160 if n % 2 else width // 2 + 40
        y = 380 + n // 2 * 120
        draw.text((left, y), _line(rng, rng.randrange(8, 17)), fill=(30, 30, 30), font=_font(32))
    draw.ellipse((width - 460, height - 400, width - 200, height - 140), outline="red", width=8)
    return image


def on_table(
    paper: Image.Image,
    *,
    seed: int = 0,
    share: float = 0.88,
    angle: float = 0.0,
    size: tuple[int, int] = SIZE,
    table: int = 110,
) -> Image.Image:
    """`paper` on a table with a grain, `share` of the frame wide or high, turned by `angle`."""
    width, height = size
    grain = noise(seed, (width // 20, height // 200 or 1), 26).resize(size)
    wood = Image.new("L", size, table)
    ground = ImageChops.add(wood, grain, offset=-128)
    image = Image.merge(
        "RGB", (ground, ground.point(lambda v: v * 0.8), ground.point(lambda v: v * 0.6))
    )
    scale = min(width * share / paper.width, height * share / paper.height)
    placed = paper.resize(
        (round(paper.width * scale), round(paper.height * scale)), Image.Resampling.LANCZOS
    ).convert("RGBA")
    turned = placed.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    image.paste(turned, ((width - turned.width) // 2, (height - turned.height) // 2), turned)
    return image


def noise(seed: int, size: tuple[int, int], most: int) -> Image.Image:
    """Gray around 128, off by at most `most`."""
    rng = random.Random(seed)
    raw = Image.frombytes("L", size, rng.randbytes(size[0] * size[1]))
    return raw.point(lambda v: 128 + round((v - 128) * most / 128))


def lit(
    image: Image.Image, *, seed: int = 0, light: float = 0.88, fall: float = 0.25, grain: int = 6
) -> Image.Image:
    """As a camera sees it: `light` at the brightest corner, `fall` less at the other, noise."""
    size = image.size
    ramp = Image.linear_gradient("L").rotate(35).crop((40, 40, 216, 216)).resize(size)
    factor = ramp.point(lambda v: round(255 * light * (1 - fall * v / 255)))
    seen = ImageChops.multiply(image.convert("RGB"), Image.merge("RGB", (factor,) * 3))
    grains = noise(seed, size, grain)
    return ImageChops.add(seen, Image.merge("RGB", (grains,) * 3), offset=-128)


def blurred(image: Image.Image, radius: float) -> Image.Image:
    """Out of focus."""
    return image.filter(ImageFilter.GaussianBlur(radius)) if radius else image


def shaken(image: Image.Image, pixels: int) -> Image.Image:
    """Moved by so many pixels while the picture was taken."""
    return image.filter(ImageFilter.BoxBlur((pixels / 2, 0)))


def glaring(image: Image.Image, *, share: float = 0.05, at: tuple[float, float] = (0.5, 0.4)):
    """With the lamp's reflection over `share` of it."""
    width, height = image.size
    radius = round((width * height * share / 3.14) ** 0.5)
    x, y = round(width * at[0]), round(height * at[1])
    spot = Image.new("L", image.size, 0)
    box = (x - radius, y - radius, x + radius, y + radius)
    ImageDraw.Draw(spot).ellipse(box, fill=255)
    soft = spot.filter(ImageFilter.GaussianBlur(radius / 5))
    return Image.composite(Image.new("RGB", image.size, "white"), image, soft)


def dark(image: Image.Image, light: float = 0.25) -> Image.Image:
    """Underexposed."""
    return image.point(lambda v: v * light)


def washed_out(image: Image.Image) -> Image.Image:
    """Overexposed until the words are nearly gone."""
    return image.point(lambda v: 205 + v * 0.6)
