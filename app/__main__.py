"""The command line: `zhangban serve | migrate | demo | walkthrough | …` (`zhangban --help`)."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from app import settings as settings_module
from app.settings import Settings, SettingsError

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="掌办: a service hall's backend for palm handling and good-or-bad ratings.",
)
catalog = typer.Typer(no_args_is_help=True, help="Service items: import, list.")
keys = typer.Typer(no_args_is_help=True, help="Keys for personal data and signatures.")
audit = typer.Typer(no_args_is_help=True, help="The trail of who did what.")
scores = typer.Typer(no_args_is_help=True, help="Score tables against the ratings.")
cases = typer.Typer(no_args_is_help=True, help="Figures of handling time against the cases.")
outbox = typer.Typer(no_args_is_help=True, help="What must still happen after a commit.")
materials = typer.Typer(no_args_is_help=True, help="Photos and documents of applications.")
hall = typer.Typer(no_args_is_help=True, help="Set up the first hall and its administrator.")
account = typer.Typer(no_args_is_help=True, help="Let in again whom no administrator can help.")
for name, group in {
    "catalog": catalog,
    "keys": keys,
    "audit": audit,
    "scores": scores,
    "cases": cases,
    "outbox": outbox,
    "hall": hall,
    "account": account,
    "materials": materials,
}.items():
    cli.add_typer(group, name=name)

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class Stop(Exception):  # noqa: N818 - an end with a sentence, not a failure of the program
    """End the command with one sentence and exit status 1."""


def _settings() -> Settings:
    found = settings_module.read()
    if not found.database_url or not found.redis_url:
        raise Stop(
            "DATABASE_URL and REDIS_URL are not set. For a first look without any server of your"
            " own: `zhangban demo`."
        )
    return found


def _in_house(work: Callable[[Any], Awaitable[Any]]) -> Any:
    """Run `work(act)` as the system, in a house of the settings' database."""
    from app import server
    from app.core.acts import system_act

    settings = _settings()

    async def run() -> Any:
        async with server.open_house(settings) as house:
            return await work(system_act(house, "command"))

    return asyncio.run(run())


def _end(fault: str | None) -> None:
    if fault:
        raise Stop(fault)


@cli.command()
def serve() -> None:
    """Serve HTTP with the workers that the settings ask for."""
    from app import serving

    serving.serve(_settings())


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date; safe to run from several machines at once."""
    from app import server
    from app.core import db

    applied = asyncio.run(db.migrate(server.database(_settings())))
    for migration in applied:
        out.print(f"applied {migration}")
    out.print("The schema is up to date." if not applied else f"{len(applied)} applied.")


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the server; the sandbox takes the next.")] = 0,
    fresh: Annotated[bool, typer.Option(help="Begin with an empty database again.")] = False,
) -> None:
    """Start everything on this machine with a demonstration hall, and say what to open."""
    from app.demo import running

    running.run(settings_module.read(), port=port, fresh=fresh)


@cli.command()
def walkthrough(
    photo: Annotated[
        Path | None, typer.Option(help="A photo to send instead of a drawn one.")
    ] = None,
    catalog_file: Annotated[
        Path | None, typer.Option("--catalog", help="A catalogue (CSV) to import as well.")
    ] = None,
    only: Annotated[
        str, typer.Option(help="day: a small application and the hub; weeks: the big cases.")
    ] = "",
) -> None:
    """Play everything through HTTP and WebSocket alone, and check every result."""
    from app.walkthrough import play

    if only not in ("", "day", "weeks"):
        raise Stop("--only is day or weeks.")
    for path in (photo, catalog_file):
        if path is not None and not path.is_file():
            raise Stop(f"{path}: no such file.")
    sys.exit(play.run(photo=photo, catalog=catalog_file, only=only))


@cli.command()
def sandbox(
    host: str = "127.0.0.1",
    port: int = 8001,
    appid: str = "wx-sandbox",
    secret: str = "sandbox-secret",  # noqa: S107 - the stand-in's, known to all
    push_to: Annotated[str, typer.Option(help="Address that gets the pushes.")] = "",
    push_token: Annotated[str, typer.Option(help="Token of the pushes.")] = "sandbox-push-token",  # noqa: S107 - the stand-in's, known to all
    push_aes_key: Annotated[
        str, typer.Option(help="EncodingAESKey, 43 characters; without one, a new one is made.")
    ] = "",
    push_mode: Annotated[str, typer.Option(help="secure, compatible or plain.")] = "secure",
    push_format: Annotated[str, typer.Option(help="json or xml.")] = "json",
    admin_token: Annotated[
        str, typer.Option(help="Token of the controls; made if others can reach HOST.")
    ] = "",
) -> None:
    """Run the stand-in of the WeChat platform by itself."""
    from wechat.sandbox import Target, run, token_for
    from wechat.templates import sandbox_templates

    push = None
    if push_to:
        try:
            push = Target.checked(push_to, push_token, push_aes_key, push_mode, push_format)
        except ValueError as error:
            raise Stop(str(error)) from None
    token = token_for(host, admin_token)
    query = f"?token={token}" if token else ""
    out.print(f"WeChat sandbox: http://{host}:{port}/{query}  (appid {appid})", soft_wrap=True)
    if push:
        out.print(
            f"Pushes: {push.url}, token {push.token}, EncodingAESKey {push.aes_key or '-'}",
            soft_wrap=True,
        )
    templates = sandbox_templates()
    run(host, port, appid=appid, secret=secret, templates=templates, push=push, admin_token=token)


@cli.command()
def province(
    app_id: Annotated[str, typer.Option(help="How the province knows the hub.")],
    hub_key: Annotated[str, typer.Option(help="The hub's SM2 public key.")],
    private_key: Annotated[str, typer.Option(help="The province's own SM2 private key.")],
    host: str = "127.0.0.1",
    port: int = 8002,
) -> None:
    """Run the stand-in of the province's rating exchange by itself."""
    from app.core import sm2
    from evaluations.exchange.province import run

    try:
        private, hub = sm2.read_private(private_key), sm2.read_public(hub_key)
    except sm2.KeyRefused as error:
        raise Stop(str(error)) from None
    out.print(f"Province: http://{host}:{port}/  (app id {app_id})")
    run(host, port, app_id=app_id, private=private, hub=hub)


@cli.command()
def settings(
    markdown: Annotated[bool, typer.Option(help="As the page docs/settings.md.")] = False,
) -> None:
    """Show every setting with what it is for; secrets are not shown."""
    if markdown:
        from app.settings_page import markdown as page

        print(page(), end="")
        return
    found = settings_module.read()
    table = Table("variable", "value", "what it is for")
    for name in Settings.__struct_fields__:
        value = getattr(found, name)
        shown = "(set)" if settings_module.is_secret(name) and value else str(value)
        table.add_row(settings_module.variable(name), shown, settings_module.description(name))
    out.print(table)


@cli.command()
def backup(folder: Path) -> None:
    """Copy the database and all photos into FOLDER."""
    from app import backup as copying

    asyncio.run(copying.backup(_settings(), folder))
    out.print(f"Backed up to {folder}. The keys (ZHANGBAN_KEYS) are not in it: keep them apart.")


@cli.command()
def restore(
    folder: Path,
    overwrite: Annotated[bool, typer.Option(help="Even if the database is not empty.")] = False,
) -> None:
    """Bring back what `backup` wrote into FOLDER."""
    from app import backup as copying

    asyncio.run(copying.restore(_settings(), folder, overwrite=overwrite))
    out.print(f"Restored from {folder}.")


@keys.command("new")
def keys_new() -> None:
    """Make a key. Put it in front of those in ZHANGBAN_KEYS; the old ones stay readable."""
    from app.core.privacy import Keyring

    print(Keyring.new_key())


@keys.command("sm2")
def keys_sm2() -> None:
    """Make an SM2 pair for the exchange: the private key stays here, the public one is given."""
    from app.core import sm2

    private, public = sm2.new_pair()
    print(f"private {private.hex()}\npublic 04{public.hex()}")


@keys.command("reseal")
def keys_reseal() -> None:
    """Seal under the newest key what is sealed under older ones; the server may go on."""
    from app import keeping

    _end(_in_house(lambda act: keeping.reseal(act, out)))


@keys.command("unused")
def keys_unused() -> None:
    """Say which keys' ids still occur, where, and under which keys nothing stands any more."""
    from app import keeping

    _in_house(lambda act: keeping.unused(act, out))


@materials.command("verify")
def materials_verify(
    sample: Annotated[
        float, typer.Option(min=0.0001, max=1, help="Share of the pictures that are opened.")
    ] = 1.0,
) -> None:
    """Open every picture and look for stray objects; exit status 1 if anything is wrong."""
    from app import keeping

    _end(_in_house(lambda act: keeping.verify_materials(act, sample, out)))


@materials.command("reseal")
def materials_reseal() -> None:
    """The same as `zhangban keys reseal`: photos' keys are among what is sealed anew."""
    keys_reseal()


@cli.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Erase the personal data of cases whose time is over; the server does it once a day."""
    from app import keeping

    _in_house(lambda act: keeping.erase_old(act, out, dry_run=dry_run))


@audit.command("verify")
def audit_verify() -> None:
    """Recompute the trail; exit status 1 if an entry was changed, removed or moved."""
    from app.core import audit as trail

    async def work(act: Any) -> int:
        found = 0
        async for broken in trail.verify(act.house.keyring):
            err.print(f"chain {broken.chain}, entry {broken.seq}: {broken.reason}")
            found += 1
        return found

    broken = _in_house(work)
    if broken:
        raise Stop(f"The trail does not hold in {broken} places.")
    out.print("The trail holds.")


@scores.command("verify")
def scores_verify() -> None:
    """Recount all ratings, compare the sums with their days, and check what was published.

    Exit status 1 if anything differs.
    """
    from evaluations.scores import published, service, upkeep

    async def work(act: Any) -> tuple[list[Any], list[str]]:
        return await service.verify(), await published.verify_published(act.house.keyring)

    differences, faults = _in_house(work)
    for difference in differences[:50]:
        err.print(str(difference))
    if differences:
        at_least = "At least " if len(differences) >= upkeep.MOST_TOLD else ""
        raise Stop(
            f"{at_least}{len(differences)} figures differ from the recount: "
            "`zhangban scores rebuild`."
        )
    for fault in faults[:50]:
        err.print(fault)
    if faults:
        raise Stop(f"{len(faults)} faults in what was published.")
    out.print("The score tables equal the ratings, and what was published holds.")


@scores.command("rebuild")
def scores_rebuild() -> None:
    """Put the score tables right from the ratings, which go on being taken in."""
    from evaluations.scores import service

    mended = _in_house(service.rebuild)
    out.print(f"Figures put right: {mended}. The score tables equal the ratings.")


@cases.command("verify")
def cases_verify() -> None:
    """Recount all decided cases; exit status 1 if any figure of handling time differs."""
    from app.cases.figures import upkeep as figure_upkeep

    differences = _in_house(lambda _: figure_upkeep.verify())
    for difference in differences[:50]:
        err.print(str(difference))
    if differences:
        at_least = "At least " if len(differences) >= figure_upkeep.MOST_TOLD else ""
        raise Stop(
            f"{at_least}{len(differences)} figures differ from the recount: "
            "`zhangban cases rebuild`."
        )
    out.print("The figures of handling time equal the cases.")


@cases.command("rebuild")
def cases_rebuild() -> None:
    """Put the figures right from the cases, which go on being decided."""
    from app.cases.figures import upkeep as figure_upkeep

    mended = _in_house(figure_upkeep.rebuild)
    out.print(f"Figures put right: {mended}. They equal the cases.")


def _outbox_table(*, dead: bool) -> None:
    from app.core import outbox as box

    rows = _in_house(lambda _: box.listing(dead=dead))
    table = Table("id", "topic", "key", "state", "attempts", "due", "last error")
    for row in rows:
        table.add_row(*(str(value) if value is not None else "" for value in row.values()))
    out.print(table)


@outbox.command("list")
def outbox_list() -> None:
    """Show what waits and what failed for good."""
    _outbox_table(dead=False)


@outbox.command("dead")
def outbox_dead() -> None:
    """Show what failed for good, with the reason."""
    _outbox_table(dead=True)


@outbox.command("replay")
def outbox_replay(
    entry: Annotated[str, typer.Option("--id", help="One entry alone.")] = "",
    topic: Annotated[str, typer.Option(help="Those of one topic, such as notices.sms.")] = "",
) -> None:
    """Put what failed for good back into the queue: all, one topic's, or one.

    What may have arrived stays: a message whose fate nobody knows is decided at the desk.
    """
    from uuid import UUID

    from app.core import outbox as box

    try:
        entry_id = UUID(entry) if entry else None
    except ValueError:
        raise Stop(f"{entry}: not an id of `zhangban outbox dead`.") from None
    count = _in_house(lambda act: box.replay(now=act.at, entry_id=entry_id, topic=topic or None))
    out.print(f"{count} entries are waiting again.")


@catalog.command("import")
def catalog_import(
    file: Path,
    hall_code: Annotated[str, typer.Option("--hall", help="Code of the hall.")] = "",
    dry_run: Annotated[bool, typer.Option(help="Check only; change nothing.")] = False,
) -> None:
    """Import service items from an .xlsx, CSV or JSON file, all or nothing."""
    from app.commands import import_catalog

    if not file.is_file():
        raise Stop(f"{file}: no such file.")
    _in_house(lambda act: import_catalog(act, file, hall_code, dry_run=dry_run, out=out))


@hall.command("create")
def hall_create(
    code: Annotated[str, typer.Option(prompt=True, help="Short code, such as QINGHE.")],
    name_: Annotated[str, typer.Option("--name", prompt=True, help="Name of the hall.")],
    region_code: Annotated[str, typer.Option(prompt=True, help="Six digits.")],
    admin_login: Annotated[str, typer.Option(prompt=True)],
    admin_name: Annotated[str, typer.Option(prompt=True)],
    admin_password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)
    ],
    level: str = "county",
) -> None:
    """Make the first hall and its administrator, who makes everything else in the pages."""
    from app.commands import create_hall

    hall_id = _in_house(
        lambda act: create_hall(
            act,
            {"code": code, "name": name_, "region_code": region_code, "level": level},
            {"login": admin_login, "name": admin_name, "password": admin_password},
        )
    )
    out.print(f"Made {name_} ({hall_id}); {admin_login} can sign in.")


@account.command("reset")
def account_reset(
    login: Annotated[str, typer.Argument(help="The login name.")],
    password: Annotated[
        str,
        typer.Option(prompt="First password", hide_input=True, confirmation_prompt=True),
    ],
) -> None:
    """Let somebody in again whom no administrator can help: a first password, no second factor."""
    from app.halls import resets

    _in_house(lambda act: resets.let_in_again(act, login, password))
    out.print(f"{login} can sign in with it, and chooses another password then.")


def main() -> None:
    """Run the command line; what a person can mend ends in one sentence, not a traceback."""
    from app.backup import BackupError
    from app.core.errors import Problem
    from app.embedded import EmbeddedError

    os.environ.setdefault("PYTHONUTF8", "1")
    try:
        cli()
    except (Stop, SettingsError, EmbeddedError, BackupError) as error:
        err.print(str(error))
        sys.exit(1)
    except Problem as problem:
        err.print(f"{problem.title} {problem.detail or ''} ({problem.code})")
        for fault in problem.extra.get("errors", [])[:50]:
            err.print(f"  {fault}")
        sys.exit(1)
    except (ConnectionError, OSError) as error:
        err.print(f"Cannot reach a server that the settings name: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
