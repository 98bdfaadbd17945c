"""What is said of a photo that cannot be read well, and that nothing is said of one that can."""

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.materials import quality
from app.materials.quality import KINDS, Finding, Limits, Measures, advice, find
from app.settings import Settings

from . import odd_pictures as odd
from . import papers

PAPERS = {
    "page": papers.page,
    "form": papers.form,
    "card": papers.card,
    "certificate": papers.certificate,
}
LYING = (1600, 1200)
GOOD = Measures(
    blur=0.2, light=200, contrast=180, glare=0.0, tilt=0.0, short_edge=1200, share=100.0
)


def photo(kind: str, seed: int = 1, **table) -> Image.Image:
    size = papers.SIZE if kind in ("page", "form") else LYING
    return papers.on_table(PAPERS[kind](seed), seed=seed, size=size, **table)


def found(image: Image.Image, limits: Limits = Limits()) -> tuple[str, ...]:  # noqa: B008
    """What is found in it after it was saved as a photo is."""
    with Image.open(io.BytesIO(odd.saved(image, "JPEG", quality=85))) as saved:
        drawn = saved.convert("RGB")
    gray = quality.reduced(drawn, 480).convert("L")
    return find(quality.measure(gray, quality.ink(gray), drawn.size), limits)


def tilt(image: Image.Image) -> float:
    gray = quality.reduced(image, 480).convert("L")
    return quality.measure(gray, quality.ink(gray), image.size).tilt


@pytest.mark.parametrize("kind", PAPERS)
class TestAPaper:
    @pytest.mark.parametrize("seed", range(4))
    def test_photographed_well_in_any_light_is_not_remarked_on(self, kind, seed):
        rng = random.Random(seed)
        taken = papers.lit(
            photo(kind, seed, angle=rng.uniform(-4, 4), share=rng.uniform(0.6, 0.95)),
            seed=seed,
            light=rng.uniform(0.6, 1),
            fall=rng.uniform(0, 0.4),
        )
        assert found(taken) == ()

    def test_scanned_is_not_remarked_on(self, kind):
        assert found(PAPERS[kind](1)) == ()

    def test_out_of_focus(self, kind):
        assert found(papers.lit(papers.blurred(photo(kind), 4.5))) == ("blurred",)

    def test_just_off_focus_is_still_read(self, kind):
        assert found(papers.lit(papers.blurred(photo(kind), 1.5))) == ()

    def test_in_the_dark(self, kind):
        assert found(papers.dark(papers.lit(photo(kind)))) == ("dark",)

    def test_under_a_lamp(self, kind):
        assert found(papers.glaring(papers.lit(photo(kind)), share=0.04))[0] == "glare"

    def test_washed_out(self, kind):
        assert found(papers.washed_out(PAPERS[kind](1))) == ("faint",)

    def test_far_away(self, kind):
        assert found(papers.lit(photo(kind, share=0.3, table=60))) == ("far",)

    @pytest.mark.parametrize("angle", [-15, -10, 10, 15])
    def test_turned(self, kind, angle):
        taken = papers.lit(photo(kind, angle=angle))
        assert found(taken) == ("tilted",)
        assert tilt(taken) == pytest.approx(angle, abs=1)

    @pytest.mark.parametrize("angle", range(-6, 7, 2))
    def test_turned_a_little_is_still_read(self, kind, angle):
        taken = papers.lit(photo(kind, angle=angle))
        assert found(taken) == ()
        assert tilt(taken) == pytest.approx(angle, abs=1)


class TestOthers:
    def test_an_empty_page_shows_nothing(self):
        assert found(papers.lit(Image.new("RGB", papers.SIZE, "white"))) == ("blank",)
        assert found(Image.new("RGB", papers.SIZE, "white")) == ("blank",)

    def test_a_small_picture(self):
        assert found(papers.page(1, (300, 400), letter=12)) == ("small",)

    def test_a_screen_with_white_cards_has_no_glare(self):
        screen = Image.new("RGB", (1080, 1920), (225, 225, 228))
        for n in range(5):
            card = papers.page(n, (960, 260), letter=32)
            screen.paste(card.point(lambda v: min(255, v + 10)), (60, 140 + n * 340))
        assert "glare" not in found(screen)

    @pytest.mark.parametrize("seed", range(3))
    def test_noise_has_no_tilt(self, seed):
        assert tilt(papers.noise(seed, (800, 600), 120).convert("RGB")) == 0


class TestFindings:
    def test_each_limit_can_be_turned_off(self):
        off = Limits(0, 0, 0, 0, 0, 0, 0)
        worst = Measures(1.0, 0, 0, 30.0, 20.0, 32, 0.0)
        assert find(worst, Limits()) == ("dark",)
        assert find(worst, off) == ()

    @pytest.mark.parametrize(
        ("measured", "kind"),
        [
            ({"blur": 0.5}, "blurred"),
            ({"light": 79}, "dark"),
            ({"contrast": 59}, "faint"),
            ({"blur": 0.0}, "blank"),
            ({"glare": 0.5}, "glare"),
            ({"tilt": -8.0}, "tilted"),
            ({"short_edge": 399}, "small"),
            ({"share": 19.9}, "far"),
        ],
    )
    def test_begin_at_their_limit(self, measured, kind):
        everything = {name: getattr(GOOD, name) for name in GOOD.__struct_fields__}
        assert find(Measures(**everything | measured), Limits()) == (kind,)

    def test_of_a_good_picture_are_none(self):
        assert find(GOOD, Limits()) == ()
        assert advice(()) == ""

    @given(st.lists(st.builds(Finding, st.sampled_from(KINDS), st.integers(1, 9)), min_size=1))
    def test_are_told_in_one_sentence_the_worst_first(self, findings):
        said = advice(findings, pages=9)
        assert said.count("。") == 1
        assert said.endswith("。")
        worst = min(KINDS.index(one.kind) for one in findings)
        pages = [one.page for one in findings if one.kind == KINDS[worst]]
        assert said == quality.says(Finding(KINDS[worst], min(pages)), 9)

    @given(st.lists(st.builds(Finding, st.sampled_from(KINDS), st.integers(1, 200))))
    def test_come_back_from_the_database_as_they_were(self, findings):
        assert quality.read([one.stored for one in findings]) == tuple(findings)

    def test_of_a_document_name_the_page(self):
        assert quality.says(Finding("blurred", 3), 4).startswith("第 3 页：照片有些模糊")
        assert quality.says(Finding("blurred"), 1) == (
            "照片有些模糊，请把手机拿稳、对准文字后重拍。"
        )

    def test_have_the_limits_of_the_settings(self):
        assert quality.limits_of(Settings()) == Limits()
        assert quality.limits_of(Settings(quality_tilt=5.0)).tilt == 5.0
