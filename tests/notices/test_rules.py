"""What the four messages say, and that WeChat takes every one of them."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notices.rules import ASK_AT, SETTLED, AskAt, Kind, Telling, WeChatState, in_words
from wechat.messages import compose
from wechat.rules import check_message_page

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
    item=st.text(min_size=1, max_size=200).filter(lambda text: text.strip()),
    remark=st.text(max_size=300),
    at=st.integers(1_600_000_000, 4_000_000_000).map(lambda n: datetime.fromtimestamp(n, UTC)),
)
def test_wechat_takes_any_item_and_remark(kind: Kind, item: str, remark: str, at: datetime) -> None:
    item = "许可" + item  # a name of control characters alone is no name
    remark = "请" + remark
    words = in_words(telling(kind, item_name=item, remark=remark, at=at))
    fitted = compose(kind, words.values)
    assert fitted["character_string1"] == "511602202610010000017"
    assert all(len(fitted[key]) <= 20 for key in ("thing2", "thing5"))
    check_message_page(words.page)


def test_without_a_remark_the_template_still_has_one() -> None:
    assert in_words(telling(Kind.READY, remark=" ")).values["thing5"] == "请点击查看详情"


def test_no_place_asks_for_more_than_the_platform_takes_at_once() -> None:
    assert set(ASK_AT) == set(Kind)
    for place in AskAt:
        assert 1 <= sum(asked == place for asked in ASK_AT.values()) <= 3


def test_what_may_be_tried_again_is_not_settled() -> None:
    open_states = set(WeChatState) - SETTLED
    assert open_states == {WeChatState.WAITING, WeChatState.SENDING, WeChatState.FAILED}
