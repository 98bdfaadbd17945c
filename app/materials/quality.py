"""Whether a photo of a paper can be read: measured when it comes in, told at once, never refused.

All measures are taken on a gray copy of at most 800 pixels, with Pillow's own operations alone,
and cost about 4 ms of processor time. They say how far a photo is from what documents look like,
not whether it shows one: a landscape has no tilt, and is not found to be turned.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, get_args

import msgspec
from PIL import Image, ImageChops, ImageFilter, ImageOps

from app.settings import Settings

EDGE = 800
"""Pixels of the long side on which is measured."""
FAINT_STEP = 12
"""Gray levels between neighbours that are noise and no edge."""
FAINT_INK = 14
"""Gray levels off its surroundings below which nothing is drawn."""

LEAST = 48
"""Pixels of the short side of the gray copy below which nothing can be measured."""

Kind = Literal[
    "blank", "dark", "faint", "blurred", "glare", "small", "far", "tilted", "attachments"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What can be wrong with a photo, the worst first; and what a PDF brought that is not kept."""

_ADVICE: dict[Kind, str] = {
    "blank": "画面上看不到内容，请检查拍的是否是材料的正面，然后重拍。",
    "dark": "照片太暗，请到光线好的地方或打开灯后重拍。",
    "faint": "照片发白、字迹太淡，请避开强光、让文字清楚后重拍。",
    "blurred": "照片有些模糊，请把手机拿稳、对准文字后重拍。",
    "glare": "照片有反光，挡住了部分内容，请换个角度或避开灯光后重拍。",
    "small": "图片的尺寸太小，文字可能看不清，请上传原图或重新拍摄。",
    "far": "材料在画面中太小，请靠近一些、让材料占满画面后重拍。",
    "tilted": "材料拍歪了，请把手机与材料的边对齐后重拍。",
    "attachments": "PDF 中夹带的附件没有保留，如果需要，请单独上传。",
}


class Limits(msgspec.Struct, frozen=True):
    """From where on a photo is found wanting, see the settings; 0 turns a finding off."""

    blur: float = 0.5
    dark: int = 80
    contrast: int = 60
    glare: float = 0.5
    tilt: float = 8.0
    short_edge: int = 400
    share: float = 20.0


class Measures(msgspec.Struct, frozen=True):
    """What was measured of a picture."""

    blur: float
    """Share of the fine steps that a further blur does not take away, after Crete et al. (2007):
    about 0.2 for a sharp photo, near 1 for a blurred one; 0 where there is no step at all."""
    light: int
    """Gray level, 0 to 255, below which 95 % of the picture lie: of the paper."""
    contrast: int
    """Gray levels between that and the darkest thousandth: the ink."""
    glare: float
    """Per cent of the picture that are blobs of pure white on a paper that is not."""
    tilt: float
    """Degrees by which lines and edges are turned, counter-clockwise positive; 0 if none is
    found."""
    short_edge: int
    """Pixels of the shorter side of the display picture."""
    share: float
    """Per cent of the picture that a bright paper takes which lies alone on a dark ground; 100
    where there is nothing of the kind."""


class Finding(msgspec.Struct, frozen=True):
    """What is wrong with a page."""

    kind: Kind
    page: int = 1

    @property
    def stored(self) -> str:
        """As it stands in the database."""
        return f"{self.kind}:{self.page}"


def limits_of(settings: Settings) -> Limits:
    """The limits that the settings give."""
    return Limits(
        blur=settings.quality_blur,
        dark=settings.quality_dark,
        contrast=settings.quality_contrast,
        glare=settings.quality_glare,
        tilt=settings.quality_tilt,
        short_edge=settings.quality_short_edge,
        share=settings.quality_share,
    )


def find(measures: Measures, limits: Limits) -> tuple[Kind, ...]:
    """What is wrong with a picture of these measures, the worst first."""
    if measures.light < limits.dark:
        return ("dark",)  # in the dark, noise passes for sharpness, and edges are not seen
    if measures.contrast < limits.contrast:
        return ("faint" if measures.blur else "blank",)
    wrong: dict[Kind, bool] = {
        "blank": limits.contrast > 0 and not measures.blur,
        "blurred": 0 < limits.blur <= measures.blur,
        "glare": 0 < limits.glare <= measures.glare,
        "small": measures.short_edge < limits.short_edge,
        "far": measures.share < limits.share and not measures.glare,
        "tilted": 0 < limits.tilt <= abs(measures.tilt),
    }
    return tuple(kind for kind in KINDS if wrong.get(kind))


def advice(findings: Sequence[Finding], pages: int = 1) -> str:
    """One sentence about the worst of what was found; empty if nothing was."""
    if not findings:
        return ""
    worst = min(findings, key=lambda found: (KINDS.index(found.kind), found.page))
    return says(worst, pages)


def says(finding: Finding, pages: int = 1) -> str:
    """What to do about it; of a document of several pages, with the page."""
    of_page = f"第 {finding.page} 页：" if pages > 1 and finding.kind != "attachments" else ""
    return of_page + _ADVICE[finding.kind]


def read(stored: Sequence[str]) -> tuple[Finding, ...]:
    """The findings that `Finding.stored` wrote."""
    parted = (entry.partition(":") for entry in stored)
    return msgspec.convert(
        tuple({"kind": kind, "page": int(page)} for kind, _, page in parted), tuple[Finding, ...]
    )


def reduced(drawn: Image.Image, least: int = 0) -> Image.Image:
    """A picture with a long side of about `EDGE` at most, and of `least`, for all who need less."""
    factor = min(math.ceil(max(drawn.size) / EDGE), max(drawn.size) // max(least, 1))
    return drawn.reduce(factor) if factor > 1 else drawn


def measure(gray: Image.Image, drawn: Image.Image, size: tuple[int, int]) -> Measures:
    """Measure an upright picture of `size`.

    `gray` is its gray copy with a long side of at most `EDGE`, `drawn` the `ink` of that.
    """
    levels = gray.histogram()
    light = _percentile(levels, 0.05)
    return Measures(
        blur=_blur(_middle(gray, 4)) or _blur(gray),
        light=light,
        contrast=light - _percentile(levels, 0.999),
        glare=_glare(gray),
        tilt=_tilt(drawn.point(lambda step: 255 * (step > FAINT_INK))),
        short_edge=min(size),
        share=_share(gray),
    )


def _percentile(levels: list[int], share: float) -> int:
    """The gray level that at least `share` of the pixels reach."""
    wanted, seen = sum(levels) * share, 0
    for level in range(255, -1, -1):
        seen += levels[level]
        if seen >= wanted and seen:
            return level
    return 0


def _middle(gray: Image.Image, part: int) -> Image.Image:
    """Without that part on each side."""
    across, down = gray.width // part, gray.height // part
    return gray.crop((across, down, gray.width - across, gray.height - down))


def _steps(gray: Image.Image) -> Iterator[tuple[tuple[int, int], Image.Image]]:
    """What neighbours differ by, across and down."""
    for across, down in ((1, 0), (0, 1)):
        yield (across, down), _step(gray, across, down)


def _step(gray: Image.Image, across: int, down: int) -> Image.Image:
    width, height = gray.size
    return ImageChops.difference(
        gray.crop((across, down, width, height)), gray.crop((0, 0, width - across, height - down))
    )


def _blur(gray: Image.Image) -> float:
    """After Crete, Dolmiere, Ladret and Nicolas, The blur effect (2007): blur it again, and see.

    A sharp picture loses most of its fine steps, a blurred one has none to lose. The worse of the
    two directions counts: a hand that shakes blurs one of them.
    """
    found = 0.0
    for (across, down), steps in _steps(gray):
        again = gray.filter(ImageFilter.BoxBlur((4 * across, 4 * down)))
        lost = ImageChops.subtract(steps, _step(again, across, down))
        all_steps = _sum(steps)
        if all_steps:
            found = max(found, 1 - _sum(lost) / all_steps)
    return found


def _sum(steps: Image.Image) -> int:
    return sum(level * n for level, n in enumerate(steps.histogram()) if level >= FAINT_STEP)


def _glare(gray: Image.Image) -> float:
    """Blobs of pure white with a soft rim, on a paper that is darker than white."""
    levels = gray.reduce(4).histogram()
    total = sum(levels)
    paper = max(range(100, 236), key=lambda level: sum(levels[level - 6 : level + 7]))
    of_paper, rim = sum(levels[paper - 16 : paper + 17]), sum(levels[paper + 16 : 250])
    # Only what is white all over a larger block: hair, leaves and letters have white spots.
    solid = gray.reduce(12)
    white = sum(solid.histogram()[250:]) / (solid.width * solid.height)
    # A sky, a window, the lid of a scanner go on beyond the frame.
    within = ImageOps.expand(solid.crop((1, 1, solid.width - 1, solid.height - 1)), 1)
    at_rim = sum(solid.histogram()[250:]) - sum(within.histogram()[250:])
    is_glare = (
        not at_rim
        and of_paper >= 0.2 * total
        and white <= 0.3
        and rim >= 5 * math.sqrt(white * total)
    )
    return 100 * white if is_glare else 0.0


def ink(gray: Image.Image) -> Image.Image:
    """What differs from its surroundings, on a quarter of the size: neither light nor paper."""
    smooth = gray.reduce(4)
    return ImageChops.difference(smooth, smooth.filter(ImageFilter.BoxBlur(5)))


TURNS = range(-18, 19, 2)
CLEAR = 1.8
"""How much better than most other turns the best one must be, to be believed."""


def _tilt(edges: Image.Image) -> float:
    """The turn under which most ink falls into few rows and columns.

    Lines of text and edges of paper give rows that are full beside rows that are empty.
    """
    scores = {angle: _ruled(edges, angle) for angle in TURNS}
    best = max(scores, key=lambda angle: scores[angle])
    usual = sorted(scores.values())[len(scores) // 2]
    if scores[best] < CLEAR * usual or usual == 0:
        return 0.0
    fine = {angle: _ruled(edges, angle) for angle in (best - 1, best, best + 1)}
    # What makes it straight is the opposite of how it is turned.
    return -float(max(fine, key=lambda angle: fine[angle]))


def _ruled(edges: Image.Image, angle: int) -> int:
    # Without its corners, into which the turn brings black.
    middle = _middle(edges.rotate(angle), 8)
    rows = middle.reduce((middle.width, 1)).tobytes()
    columns = middle.reduce((1, middle.height)).tobytes()
    return max(_unevenness(rows), _unevenness(columns))


def _unevenness(sums: bytes) -> int:
    return sum((one - next_) ** 2 for one, next_ in pairwise(sums))


def _share(gray: Image.Image) -> float:
    blocks = gray.reduce(20)
    levels = blocks.histogram()
    paper, ground = _percentile(levels, 0.02), _percentile(levels, 0.5)
    if paper - ground < 50:
        return 100.0
    bright = blocks.point(lambda level: 255 * (level > (paper + ground) // 2))
    left, top, right, bottom = bright.getbbox() or (0, 0, *blocks.size)
    box = (right - left) * (bottom - top)
    # What lies apart, or has no straight sides, is no single paper.
    alone = bright.histogram()[255] >= 0.6 * box
    return 100 * box / (blocks.width * blocks.height) if alone else 100.0
