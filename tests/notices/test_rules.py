"""What the four messages say, and that WeChat takes every one of them."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notices.rules import ITEM, PHRASE, REMARK, Kind, Telling, in_neutral_words, in_words
from wechat.messages import compose
from wechat.rules import check_message_page
from wechat.sandbox.values import check_values
from wechat.templates import TEMPLATES

AFTERNOON = datetime(2026, 10, 1, 7, 30, tzinfo=UTC)
LATE = datetime(2026, 9, 30, 16, 30, tzinfo=UTC)  # 00:30 of 1 October in China


def telling(kind: Kind, **given: object) -> Telling:
    usual: dict[str, object] = {
        "citizen_id": UUID(int=1),
        "kind": kind,
        "key": "case:1:x",
        "subject": "case:1",
        "case_number": "511602202610010000017",
        "item_name": "取水许可",
        "status": "已受理",
        "at": AFTERNOON,
        "remark": "请留意。",
    }
    return Telling(**(usual | given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "title", "says"),
    [
        (Kind.SUBMITTED, "办件确认", "时间：2026年10月1日 15:30。"),
        (Kind.REMINDER, "中途提醒", "通知时间：2026年10月1日 15:30。"),
        (Kind.READY, "领件通知", "办结时间：2026年10月1日 15:30。"),
        (Kind.RATE, "办结评议", "请在 2026年10月1日前评价"),
    ],
)
def test_each_message_names_the_item_the_number_and_its_day(
    kind: Kind, title: str, says: str
) -> None:
    words = in_words(telling(kind))
    assert words.title == title
    assert says in words.body
    assert "“取水许可”（编号 511602202610010000017）已受理" in words.body
    assert words.body.endswith("请留意。")


def test_days_are_days_in_china() -> None:
    assert "2026年10月1日 00:30" in in_words(telling(Kind.SUBMITTED, at=LATE)).body
    assert in_words(telling(Kind.REMINDER, at=LATE)).values["date4"] == "2026年10月1日"


def test_a_reminder_with_a_plain_day_names_it_as_the_last_one() -> None:
    assert (
        "截止日期：2026年10月9日。" in in_words(telling(Kind.REMINDER, at=date(2026, 10, 9))).body
    )


def test_a_deadline_may_be_a_plain_day() -> None:
    assert in_words(telling(Kind.RATE, at=date(2026, 10, 9))).values["date4"] == "2026年10月9日"


def test_only_the_message_that_asks_for_a_rating_opens_the_rating_page() -> None:
    opens = {kind: in_words(telling(kind)).page for kind in Kind}
    assert opens.pop(Kind.RATE).startswith("pages/rate/")
    assert all(page.startswith("pages/case/") for page in opens.values())


@given(
    kind=st.sampled_from(Kind),
    number=st.text(max_size=60),
    item=st.text(max_size=200),
    status=st.text(max_size=40),
    remark=st.text(max_size=300),
    at=st.integers(1_600_000_000, 4_000_000_000).map(lambda n: datetime.fromtimestamp(n, UTC)),
    neutral=st.booleans(),
)
def test_no_text_whatsoever_meets_the_platforms_47003(
    kind: Kind, number: str, item: str, status: str, remark: str, at: datetime, neutral: bool
) -> None:
    told = telling(kind, case_number=number, item_name=item, status=status, remark=remark, at=at)
    values = in_words(told).values
    fitted = compose(kind, in_neutral_words(values) if neutral else values)
    sent = {key: {"value": value} for key, value in fitted.items()}
    assert check_values(sent, TEMPLATES[kind].fields) == fitted


@given(kind=st.sampled_from(Kind), item=st.text(max_size=200), remark=st.text(max_size=300))
def test_what_fits_is_shown_as_it_is(kind: Kind, item: str, remark: str) -> None:
    words = in_words(telling(kind, item_name="许可" + item, remark="请" + remark))
    fitted = compose(kind, words.values)
    assert fitted["character_string1"] == "511602202610010000017"
    assert fitted["phrase3"] == "已受理"
    assert fitted["thing2"].startswith("许可")
    assert fitted["thing5"].startswith("请")
    check_message_page(words.page)


def test_a_status_that_is_no_phrase_is_said_in_the_remark() -> None:
    values = in_words(telling(Kind.REMINDER, status="等待消防部门现场核查")).values
    assert values["phrase3"] == PHRASE
    assert values["thing5"] == "等待消防部门现场核查。请留意。"


@pytest.mark.parametrize("nothing", ["", " ", "\u200b", "\n\t", "\ue000"])
def test_what_shows_nothing_is_replaced(nothing: str) -> None:
    values = in_words(telling(Kind.READY, item_name=nothing, remark=nothing)).values
    assert (values["thing2"], values["thing5"]) == (ITEM, REMARK)


def test_neutral_words_keep_the_number_the_status_and_the_day() -> None:
    values = in_words(telling(Kind.SUBMITTED)).values
    neutral = in_neutral_words(values)
    assert {key for key in values if values[key] != neutral[key]} == {"thing2", "thing5"}


@pytest.mark.parametrize(
    ("kind", "at", "deadline"),
    [
        (Kind.REMINDER, date(2026, 10, 9), datetime(2026, 10, 9, 16, tzinfo=UTC)),
        (Kind.REMINDER, AFTERNOON, None),
        (Kind.RATE, date(2026, 10, 9), None),
        (Kind.READY, AFTERNOON, None),
    ],
)
def test_only_a_reminder_with_a_last_day_has_a_deadline(
    kind: Kind, at: datetime | date, deadline: datetime | None
) -> None:
    assert telling(kind, at=at).deadline == deadline
