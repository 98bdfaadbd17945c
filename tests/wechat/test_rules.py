"""What the platform accepts: limits by value type, pages, scenes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wechat.errors import BadPage, BadScene, ValueDoesNotFit
from wechat.rules import check_code_page, check_message_page, check_scene, fit
from wechat.sandbox.refusals import Refused
from wechat.sandbox.values import check_values

KINDS = (
    "thing", "number", "letter", "symbol", "character_string", "time", "date", "amount",
    "phone_number", "car_number", "name", "phrase",
)  # fmt: skip

ALMOST = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="张三李四·〇𠮷ab.'- \u200b\n", max_size=24),
    st.text(alphabet="0123456789.-:/~ 年月日¥￥$元+()", max_size=24),
    st.text(alphabet="，。！?#_+…（）", max_size=7),
    st.text(alphabet="粤A8Z9挂川X", max_size=10),
    st.dates().map(str),
    st.dates().map(lambda day: f"{day.year}年{day.month}月{day.day}日"),
    st.datetimes().map(lambda when: when.strftime("%H:%M:%S")),
    st.datetimes().map(lambda when: f"{when.year}年{when.month}月{when.day}日 {when:%H:%M}"),
    st.tuples(st.times(), st.times()).map(lambda t: f"{t[0]:%H:%M}~{t[1]:%H:%M}"),
    st.decimals(0, 10**8, places=2).map(lambda amount: f"¥{amount}"),
    st.integers(0, 10**33).map(str),
)


class TestFit:
    @settings(deadline=None)
    @given(kind=st.sampled_from(KINDS), value=ALMOST)
    def test_the_platform_accepts_whatever_fit_returns(self, kind: str, value: str) -> None:
        key = f"{kind}1"
        try:
            fitted = fit(key, value)
        except ValueDoesNotFit:
            return
        assert check_values({key: {"value": fitted}}, {key: ""}) == {key: fitted}

    @settings(deadline=None)
    @given(kind=st.sampled_from(KINDS), value=ALMOST)
    def test_what_fits_stays_as_it_is_when_fitted_again(self, kind: str, value: str) -> None:
        try:
            fitted = fit(f"{kind}1", value)
        except ValueDoesNotFit:
            return
        assert fit(f"{kind}1", fitted) == fitted

    @settings(deadline=None)
    @given(st.text(min_size=1).filter(lambda text: any(c.isalnum() for c in text)))
    def test_a_thing_with_something_to_read_always_fits(self, value: str) -> None:
        assert 1 <= len(fit("thing2", value)) <= 20

    def test_a_long_thing_is_cut_with_an_ellipsis(self) -> None:
        assert fit("thing2", "事" * 20) == "事" * 20
        assert fit("thing2", "事" * 21) == "事" * 19 + "…"

    def test_a_thing_is_counted_as_phones_do_so_an_emoji_is_two(self) -> None:
        assert fit("thing2", "😀" * 11) == "😀" * 9 + "…"

    def test_a_thing_loses_line_breaks_and_invisible_characters(self) -> None:
        assert fit("thing2", " 请带\r\n身份证\u200b原件\x00 ") == "请带 身份证原件"

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("number1", "3.14"),
            ("letter1", "abcXYZ"),
            ("symbol1", "！？#"),
            ("character_string1", "5116022026112100000019"),
            ("time1", "15:01"),
            ("time4", "2019年10月1日 15:01"),
            ("time1", "2026-11-21 09:00:00~2026-11-21 11:30:00"),
            ("date4", "2019-10-01"),
            ("date4", "2019年10月1日"),
            ("date4", "2019年10月1日 15:01"),
            ("date4", "2019/10/01~2019/10/31"),
            ("date4", "02-29"),
            ("amount1", "¥100.50"),
            ("amount1", "100元"),
            ("phone_number1", "+86-0766-66888866"),
            ("car_number1", "粤A8Z888挂"),
            ("name1", "买买提·艾合买提"),
            ("name1", "Jean-Luc O'Neill"),
            ("phrase3", "已受理"),
        ],
    )
    def test_takes_what_the_documentation_shows(self, key: str, value: str) -> None:
        assert fit(key, value) == value

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("thing2", ""),
            ("thing2", " \n\u200b"),
            ("number1", "1" * 33),
            ("number1", "-1"),
            ("number1", "١٢"),
            ("letter1", "é"),
            ("symbol1", "!!!!!!"),
            ("symbol1", "是"),
            ("character_string1", "编号1"),
            ("character_string1", "a\nb"),
            ("character_string1", "a" * 33),
            ("time1", "24:00"),
            ("time1", "2026-11-21"),
            ("time1", "09:00~10:00~11:00"),
            ("date1", "2026-02-29"),
            ("date1", "2026-13-01"),
            ("date1", "2026-01/02"),
            ("date1", "明天"),
            ("amount1", "100"),
            ("amount1", "¥12345678901"),
            ("amount1", "¥-1"),
            ("phone_number1", "0" * 18),
            ("phone_number1", "转人工"),
            ("car_number1", "粤A8Z8888挂"),
            ("car_number1", "A粤8"),
            ("name1", "王" * 11),
            ("name1", "a" * 21),
            ("name1", "王芳1"),
            ("phrase3", "等待材料补正"),
            ("phrase3", "已受理。"),
            ("phrase3", "ok"),
            ("unknown1", "x"),
            ("thing", "x"),
        ],
    )
    def test_refuses_what_it_may_not_cut_and_names_the_field(self, key: str, value: str) -> None:
        with pytest.raises(ValueDoesNotFit) as caught:
            fit(key, value)
        assert caught.value.field == key
        assert caught.value.extra == {"field": key}
        assert not caught.value.retryable

    def test_the_error_does_not_repeat_the_value(self) -> None:
        with pytest.raises(ValueDoesNotFit) as caught:
            fit("phone_number1", "13800000000 王芳")
        assert "1380" not in str(caught.value)


class TestPages:
    @pytest.mark.parametrize("page", ["index", "pages/case/detail", "pages/case/detail?id=1&a=b"])
    def test_a_message_may_open_a_page_with_a_query(self, page: str) -> None:
        check_message_page(page)

    @pytest.mark.parametrize("page", ["", "/pages/case", "pages/事项", "pages//case", "a?b\n"])
    def test_a_message_may_not_open_anything_else(self, page: str) -> None:
        with pytest.raises(BadPage):
            check_message_page(page)

    @pytest.mark.parametrize("page", ["", "/pages/rate", "pages/rate?id=1", "pages/rate\n"])
    def test_a_code_opens_a_page_without_slash_and_query(self, page: str) -> None:
        check_code_page("pages/rate/index")
        with pytest.raises(BadPage):
            check_code_page(page)


class TestScene:
    @settings(deadline=None)
    @given(st.text(alphabet="09azAZ!#$&'()*+,/:;=?@-._~", min_size=1, max_size=32))
    def test_takes_the_allowed_characters(self, scene: str) -> None:
        check_scene(scene)

    @pytest.mark.parametrize("scene", ["", "a" * 33, "a b", "窗口", "a%20", 'a"', "a\n"])
    def test_refuses_the_rest(self, scene: str) -> None:
        with pytest.raises(BadScene):
            check_scene(scene)


class TestThePlatformsOwnJudgement:
    def test_a_missing_and_an_extra_key_are_refused_by_name(self) -> None:
        for data, field in (({}, "thing1"), ({"thing1": {"value": "a"}, "x": {}}, "x")):
            with pytest.raises(Refused) as caught:
                check_values(data, {"thing1": ""})
            assert caught.value.errcode == 47003
            assert f"data.{field}.value" in caught.value.about
