"""Numbers of joint work, and what the four stages of a project amount to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.projects.rules import (
    SERIALS_A_YEAR,
    STAGE_NAMES,
    Prefix,
    Progress,
    Stage,
    Standing,
    Step,
    Wanted,
    is_project_number,
    joint_number,
    next_step,
    tidy_number,
    view_stage,
)

regions = st.from_regex(r"[0-9]{6}", fullmatch=True)
years = st.integers(1000, 9999)
serials = st.integers(1, SERIALS_A_YEAR)
numbers = st.builds(joint_number, st.just(Prefix.PROJECT), regions, years, serials)
steps = st.lists(st.builds(Step, st.sampled_from("abc"), st.sampled_from(Standing)), max_size=8)
wanted = st.lists(
    st.builds(Wanted, st.sampled_from("abc"), st.sampled_from(["甲", "乙"]), st.booleans()),
    max_size=3,
)


def test_a_number_says_what_where_when_and_checks_itself() -> None:
    number = joint_number(Prefix.PROJECT, "511602", 2026, 7)
    assert number[:-1] == "GC511602202600007"
    assert is_project_number(number)
    assert tidy_number(f" {number[:8].lower()} {number[8:]} ") == number


@given(numbers, st.integers(2, 17), st.integers(1, 9))
def test_one_wrong_digit_is_found(number: str, at: int, by: int) -> None:
    wrong = str((int(number[at]) + by) % 10)
    assert not is_project_number(number[:at] + wrong + number[at + 1 :])


@given(numbers, st.integers(2, 16))
def test_two_digits_that_changed_places_are_found(number: str, at: int) -> None:
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert is_project_number(swapped) == (swapped == number)


@given(st.tuples(st.sampled_from(Prefix), regions, years, serials), st.data())
def test_no_two_serials_share_a_number(
    one: tuple[Prefix, str, int, int], data: st.DataObject
) -> None:
    other = data.draw(st.tuples(st.sampled_from(Prefix), regions, years, serials))
    assert (joint_number(*one) == joint_number(*other)) == (one == other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "GC",
        "511602202603020000019",
        "HY5116022026000070",
        "GC51160220260000７0",
        "GC" + "0" * 17,
    ],
)
def test_what_is_no_project_number(text: str) -> None:
    assert not is_project_number(text)


@pytest.mark.parametrize(
    ("region", "year", "serial"),
    [("51160", 2026, 1), ("51160２", 2026, 1), ("511602", 26, 1), ("511602", 2026, 0)],
)
def test_what_cannot_be_numbered(region: str, year: int, serial: int) -> None:
    with pytest.raises(ValueError, match="is not"):
        joint_number(Prefix.PROJECT, region, year, serial)


def _view(stage: Stage, *standings: Standing, missing: bool = False):
    made = [Step(f"x{n}", standing) for n, standing in enumerate(standings)]
    return view_stage(stage, made, [Wanted("need", "规划许可", required=True)] if missing else [])


def test_a_stage_is_done_when_all_is_granted_and_nothing_required_is_missing() -> None:
    land = Stage.LAND
    assert _view(land).progress is Progress.NOT_BEGUN
    assert _view(land, Standing.VOID).progress is Progress.NOT_BEGUN
    assert _view(land, Standing.RUNNING).progress is Progress.RUNNING
    assert _view(land, Standing.GRANTED, Standing.RUNNING).progress is Progress.RUNNING
    assert _view(land, Standing.GRANTED).progress is Progress.DONE
    assert _view(land, Standing.GRANTED, Standing.VOID).progress is Progress.DONE
    short = _view(land, Standing.GRANTED, missing=True)
    assert (short.progress, short.missing) == (Progress.RUNNING, ("规划许可",))


def test_a_refusal_is_made_good_by_a_later_grant_of_the_same_item() -> None:
    refused, granted = Step("a", Standing.REFUSED), Step("a", Standing.GRANTED)
    assert view_stage(Stage.LAND, [refused], []).progress is Progress.RUNNING
    assert view_stage(Stage.LAND, [refused, granted], []).progress is Progress.DONE
    other = Step("b", Standing.GRANTED)
    assert view_stage(Stage.LAND, [refused, other], []).progress is Progress.RUNNING


@given(steps, wanted)
def test_what_was_granted_or_runs_is_never_called_missing(
    made: list[Step], lines: list[Wanted]
) -> None:
    view = view_stage(Stage.DESIGN, made, lines)
    live = {s.item for s in made if s.standing in (Standing.GRANTED, Standing.RUNNING)}
    told = [line.name for line in lines if line.item not in live]
    assert sorted(view.missing + view.optional) == sorted(told)
    if view.progress is Progress.DONE:
        assert not view.missing
        assert all(s.standing is not Standing.RUNNING for s in made)


def test_what_comes_next_is_said_in_a_sentence() -> None:
    done = _view(Stage.LAND, Standing.GRANTED)
    rest = [_view(stage) for stage in list(Stage)[2:]]
    told = next_step([done, _view(Stage.DESIGN, missing=True), *rest])
    assert told == "下一步：申请“工程建设许可”阶段的事项，还没有申请：规划许可。"
    told = next_step([done, _view(Stage.DESIGN, Standing.RUNNING), *rest])
    assert told == "“工程建设许可”阶段正在办理。"
    every = [_view(stage, Standing.GRANTED) for stage in Stage]
    assert next_step(every) == "四个阶段均已完成。"


def test_a_stage_begun_early_is_pointed_out_and_not_forbidden() -> None:
    views = [
        _view(Stage.LAND, Standing.RUNNING),
        _view(Stage.DESIGN),
        _view(Stage.BUILDING, Standing.RUNNING),
        _view(Stage.COMPLETION),
    ]
    told = next_step(views)
    assert f"“{STAGE_NAMES[Stage.BUILDING]}”阶段已先行办理" in told
