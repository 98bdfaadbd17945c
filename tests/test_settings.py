"""Settings: read once, from the environment or from files; wrong ones are named."""

from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, description, environment, is_secret, read


def test_defaults_hold_where_nothing_is_set() -> None:
    assert read(env={}) == Settings()


def test_database_and_redis_are_read_with_and_without_the_prefix() -> None:
    assert read(env={"DATABASE_URL": "a"}).database_url == "a"
    assert read(env={"ZHANGBAN_DATABASE_URL": "b", "DATABASE_URL": "a"}).database_url == "b"


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    assert read(env={"ZHANGBAN_WECHAT_SECRET_FILE": str(file)}).wechat_secret == "s3cret"


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"ZHANGBAN_PORT": "x"}, "ZHANGBAN_PORT='x'"),
        ({"ZHANGBAN_PORT": "70000"}, "ZHANGBAN_PORT"),
        ({"ZHANGBAN_BEHIND_PROXY": "maybe"}, "ZHANGBAN_BEHIND_PROXY"),
        ({"ZHANGBAN_WECHAT_TEMPLATES": "{"}, "ZHANGBAN_WECHAT_TEMPLATES"),
        ({"ZHANGBAN_NO_SUCH": "1"}, "ZHANGBAN_NO_SUCH: no such setting"),
        ({"ZHANGBAN_KEYS_FILE": "/no/such/file"}, "cannot read /no/such/file"),
    ],
)
def test_a_wrong_value_is_named(env: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says.replace("(", r"\(")):
        read(env=env)


def test_every_setting_is_explained_and_keys_are_secret() -> None:
    for name in Settings.__struct_fields__:
        assert description(name).endswith((".", "`."))
    assert {name for name in Settings.__struct_fields__ if is_secret(name)} == {
        "storage_secret_key",
        "metrics_token",
        "keys",
        "wechat_secret",
        "real_name_key",
        "wechat_push_token",
        "wechat_push_aes_key",
        "wechat_signing_key",
        "wechat_signing_private_key",
        "exchange_private_key",
        "sms_access_secret",
    }


def test_settings_survive_the_way_into_a_child_process() -> None:
    given = read(
        env={},
        port=9000,
        behind_proxy=True,
        wechat_templates={"rate": "t-1"},
        wechat_timeout=2.5,
        keys="k:abc",
    )
    assert read(env=environment(given)) == given
