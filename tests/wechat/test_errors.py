"""The platform's refusals as typed errors."""

import pytest

from app.core.errors import Problem
from wechat import errcodes, errors


@pytest.mark.parametrize(
    ("errcode", "kind", "retryable"),
    [
        (-1, errors.PlatformDown, True),
        (40001, errors.BadCredentials, True),
        (40003, errors.InvalidUser, False),
        (40029, errors.CodeInvalid, False),
        (40037, errors.BadTemplate, False),
        (40163, errors.CodeUsed, False),
        (40226, errors.HighRiskUser, False),
        (41030, errors.BadPage, False),
        (43101, errors.NotSubscribed, False),
        (43107, errors.Banned, False),
        (43108, errors.SeveralAtOnce, True),
        (45009, errors.QuotaUsedUp, True),
        (45011, errors.TooOften, True),
        (45168, errors.SensitiveWord, False),
        (47003, errors.ValueDoesNotFit, False),
        (44990, errors.TooOften, True),
        (44993, errors.QuotaUsedUp, True),
        (40165, errors.BadPage, False),
        (40212, errors.BadQuery, False),
        (61010, errors.UserNotActive, False),
        (85079, errors.NotPublished, False),
        (85401, errors.BadExpiry, False),
        (40230, errors.SigningRefused, False),
        (40240, errors.SigningRefused, False),
        (99999, errors.WeChatError, False),
    ],
)
def test_every_code_has_its_class(
    errcode: int, kind: type[errors.WeChatError], retryable: bool
) -> None:
    error = errcodes.from_answer(errcode, "anything rid: 6764-12ab-34cd")
    assert type(error) is kind
    assert error.errcode == errcode
    assert error.retryable is retryable
    assert error.rid == "6764-12ab-34cd"
    assert isinstance(error, Problem)


def test_a_refused_value_names_its_field() -> None:
    error = errcodes.from_answer(
        47003, "argument invalid! data.phrase16.value invalid rid: 67-19-18"
    )
    assert isinstance(error, errors.ValueDoesNotFit)
    assert error.field == "phrase16"


def test_of_the_platforms_words_nothing_else_is_kept() -> None:
    error = errcodes.from_answer(
        40001, "invalid credential, token=12_SECRET at /x?access_token=12_S"
    )
    assert "12_S" not in f"{error!r} {error} {error.args} {error.__dict__}"


@pytest.mark.parametrize("errmsg", [None, 7, "", "rid: ", "rid: <script>"])
def test_a_message_without_a_request_id_is_no_trouble(errmsg: object) -> None:
    assert errcodes.from_answer(43101, errmsg).rid is None


def test_codes_are_unique_and_stable_names() -> None:
    kinds = [
        k
        for k in vars(errors).values()
        if isinstance(k, type) and issubclass(k, errors.WeChatError)
    ]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes) > 15
    assert all(code.startswith("wechat.") for code in codes)
