"""The events that the house uses, in one form, whichever form the platform chose."""

from datetime import UTC, datetime
from typing import Any

import pytest

from wechat.events import MediaChecked, SubscriptionEntry, media_checked, subscription_entries
from wechat.push import Event, PushRefused


def event(name: str, **data: Any) -> Event:
    return Event("event", name, "oUser", datetime(2026, 11, 21, tzinfo=UTC), data, "key")


RESULT = {"suggest": "risky", "label": 20002}
ONE = {"TemplateId": "t-1", "SubscribeStatusString": "accept", "PopupScene": "0"}
TWO = {"TemplateId": "t-2", "SubscribeStatusString": "reject", "PopupScene": "0"}


class TestMediaCheck:
    @pytest.mark.parametrize(
        "data",
        [
            {"errcode": 0, "result": RESULT},
            {"result": RESULT},
            {"errcode": "0", "result": {"suggest": "risky", "label": "20002"}},
        ],
    )
    def test_codes_and_labels_may_be_texts_and_the_code_missing(self, data: Any) -> None:
        assert media_checked(event("wxa_media_check", trace_id="t-1", **data)) == MediaChecked(
            "t-1", 0, "risky", 20002
        )

    @pytest.mark.parametrize("code", [-1008, "-1008", 4294966288, "4294966288"])
    def test_a_picture_that_could_not_be_fetched_is_not_judged(self, code: Any) -> None:
        found = media_checked(event("wxa_media_check", trace_id="t-1", errcode=code))
        assert (found.errcode, found.suggest) == (-1008, None)

    def test_an_unknown_suggestion_is_for_a_person_to_look_at(self) -> None:
        result = {"suggest": "odd", "label": "odd"}
        found = media_checked(event("wxa_media_check", trace_id="t-1", result=result))
        assert (found.suggest, found.label) == ("review", 21000)

    @pytest.mark.parametrize(
        "data",
        [
            {"result": RESULT},
            {"trace_id": 7, "result": RESULT},
            {"trace_id": "t"},
            {"trace_id": "t", "result": []},
            {"trace_id": "t", "result": {}},
            {"trace_id": "t", "errcode": "many", "result": RESULT},
        ],
    )
    def test_what_cannot_be_read_is_refused(self, data: Any) -> None:
        with pytest.raises(PushRefused):
            media_checked(event("wxa_media_check", **data))

    def test_another_event_is_none(self) -> None:
        with pytest.raises(PushRefused):
            media_checked(event("other", trace_id="t", result=RESULT))


class TestSubscriptions:
    @pytest.mark.parametrize(
        "data",
        [
            {"List": ONE},
            {"List": [ONE]},
            {"SubscribeMsgPopupEvent": [ONE]},
            {"SubscribeMsgPopupEvent": {"List": ONE}},
        ],
    )
    def test_a_list_of_one_may_be_the_thing_itself(self, data: Any) -> None:
        assert subscription_entries(event("subscribe_msg_popup_event", **data)) == [
            SubscriptionEntry("t-1", "popup", "accept", None, None)
        ]

    @pytest.mark.parametrize(
        "data",
        [{"List": [ONE, TWO]}, {"SubscribeMsgPopupEvent": {"List": [ONE, TWO]}}],
    )
    def test_several_stay_in_order(self, data: Any) -> None:
        found = subscription_entries(event("subscribe_msg_popup_event", **data))
        assert [(entry.template_id, entry.status) for entry in found] == [
            ("t-1", "accept"),
            ("t-2", "reject"),
        ]

    @pytest.mark.parametrize("code", ["0", 0, "20001", 20001])
    def test_a_message_sent_has_its_id_and_its_error(self, code: Any) -> None:
        item = {
            "TemplateId": "t-1",
            "MsgID": "1700827132819554304",
            "ErrorCode": code,
            "ErrorStatus": "success",
        }
        (entry,) = subscription_entries(event("subscribe_msg_sent_event", List=item))
        assert entry == SubscriptionEntry("t-1", "sent", "", "1700827132819554304", int(code))

    def test_turning_messages_off_is_a_change(self) -> None:
        item = {"TemplateId": "t-1", "SubscribeStatusString": "reject"}
        (entry,) = subscription_entries(event("subscribe_msg_change_event", List=item))
        assert (entry.scene, entry.status) == ("change", "reject")

    @pytest.mark.parametrize("data", [{}, {"List": "x"}, {"List": [7, {}]}, {"List": None}])
    def test_what_names_no_template_is_left_out(self, data: Any) -> None:
        assert subscription_entries(event("subscribe_msg_popup_event", **data)) == []

    def test_another_event_has_none(self) -> None:
        assert subscription_entries(event("wxa_media_check", List=ONE)) == []
