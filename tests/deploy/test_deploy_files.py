"""What stands in deploy/ fits the program: its settings, its commands, its limits."""

import re
from pathlib import Path

import msgspec
import pytest

from app import server
from app.__main__ import cli
from app.reports import routes as reports
from app.settings import Settings, variable

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.name != ".env")
OURS = [path for path in FILES if not {"secrets", "tls", "backups"} & set(path.parts)]
KNOWN = {variable(name) for name in Settings.__struct_fields__}
OF_COMPOSE_ALONE = {"ZHANGBAN_IMAGE", "ZHANGBAN_X"}


def commands() -> set[str]:
    """Every command as it is typed after `zhangban`."""
    found = {info.name or info.callback.__name__ for info in cli.registered_commands}  # type: ignore[union-attr]
    for group in cli.registered_groups:
        assert group.typer_instance
        found |= {
            f"{group.name} {info.name or info.callback.__name__}"  # type: ignore[union-attr]
            for info in group.typer_instance.registered_commands
        }
    return found


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    named = set(re.findall(r"\bZHANGBAN_[A-Z_]+\b", path.read_text(encoding="utf-8")))
    plain = {name.removesuffix("_FILE") for name in named} - OF_COMPOSE_ALONE
    assert plain <= KNOWN


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_every_command_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace('", "', " ")
    known = commands()
    # In a unit, a shell line, backquotes or a list of words: "zhangban" and what follows it.
    calls = re.findall(
        r"(?:bin/|[`\"] ?|&& |exec |backup |server |admin )zhangban ([a-z]+)(?: ([a-z]+))?", text
    )
    for first, second in calls:
        assert first in known or f"{first} {second}" in known, f"zhangban {first} {second}"


def test_the_units_and_the_compose_file_name_commands_at_all() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in OURS)
    for command in ("serve", "migrate", "backup", "restore", "audit verify", "keys new"):
        assert f"zhangban {command}" in text.replace('", "', " "), command


def _room(conf: str, path: str) -> int:
    """The bytes that nginx lets through in a body that is sent to this address."""
    for pattern, block in re.findall(r"location ~ (\S+) \{([^}]*)\}", conf):
        if re.search(pattern, path) and (room := re.search(r"client_max_body_size (\d+)m", block)):
            return int(room[1]) << 20
    usual = re.search(r"^    client_max_body_size (\d+)m", conf, re.MULTILINE)
    assert usual
    return int(usual[1]) << 20


def test_nginx_lets_through_what_the_server_takes() -> None:
    conf = (DEPLOY / "nginx/zhangban.conf").read_text(encoding="utf-8")
    form_around_the_photo = 100_000
    streamed = [
        f"{routes.blueprint.url_prefix or ''}{found.uri}"
        for routes in server.ROUTES
        for found in routes.blueprint._future_routes
        if found.handler.endpoint.stream  # type: ignore[attr-defined]
    ]
    assert len(streamed) > 5
    for template in streamed:
        path = re.sub(r"<[^>]+>", "0190b5b2-0000-7000-8000-000000000000", template)
        most = reports.MOST_BYTES if path.endswith("/import") else Settings().upload_max_bytes
        assert _room(conf, path) >= most + form_around_the_photo, template
    assert _room(conf, "/api/v1/cases") >= server.JSON_LIMIT


def test_what_nginx_itself_refuses_is_a_page_for_people_and_a_problem_for_programs() -> None:
    conf = (DEPLOY / "nginx/zhangban.conf").read_text(encoding="utf-8")
    refusals = dict(re.findall(r"error_page ([\d ]+) = (@\w+);", conf))
    assert {status for some in refusals for status in some.split()} >= {"413", "429", "502", "504"}
    for statuses, name in refusals.items():
        block = conf.partition(f"location {name} {{")[2].partition("\n    }")[0]
        page = re.search(r"if \(\$zhangban_reader = person\) \{\s*rewrite \^ (\S+) last;", block)
        problem = re.search(r"return (\d+) '(\{.*\})';", block)
        assert page, name
        assert problem, name
        assert problem[1] in statuses
        assert msgspec.json.decode(problem[2])["status"] == int(problem[1])
        assert f"if ($uri = {page[1]})" in conf or page[1] == "/.away"


def test_nginx_never_passes_on_an_address_that_a_client_claims() -> None:
    conf = (DEPLOY / "nginx/zhangban.conf").read_text(encoding="utf-8")
    assert "$proxy_add_x_forwarded_for" not in conf
    blocks = conf.split("location = /api/v1/devices/socket")
    for block in blocks[:2]:
        assert "proxy_set_header X-Forwarded-For $remote_addr;" in block
        assert 'proxy_set_header Forwarded "";' in block


def test_the_connections_of_all_workers_fit_into_postgresql() -> None:
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    most = re.search(r"-cmax_connections=(\d+)", compose)
    workers = re.search(r"WORKERS:-(\d+)", compose)
    assert most
    assert workers
    reserved_for_operators = 10
    pool = Settings().database_pool + 1
    assert int(workers[1]) * pool + reserved_for_operators <= int(most[1])


def test_no_secret_is_written_into_a_file_of_the_project() -> None:
    for path in OURS:
        if path.name == "README.md":
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"postgresql://\w+:[0-9a-f]{8,}@", text), path
        assert not re.search(r"(?i)(password|secret|token)\s*[:=]\s*['\"]?[0-9a-f]{16,}", text), (
            path
        )
