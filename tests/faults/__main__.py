"""`make faults`: two hundred kills under load; says what was lost, which is nothing.

`python -m tests.faults [ROUNDS | redis | messages [COUNT]]`; with `redis`, Valkey is killed
instead; with `messages`, senders are, while the platforms fail.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.privacy import Keyring
from app.settings import read
from tests.bench.table import out
from tests.faults import messages
from tests.faults.storm import Load, check, kill_and_wait
from tests.faults.victim import Victim

SECONDS_WITHOUT = 3
ENOUGH = 50
"""Ratings that must be taken in meanwhile; it is a few hundred on a machine of two processors."""


@contextmanager
def _stage(services: int) -> Iterator[Victim]:
    with tempfile.TemporaryDirectory(prefix="zhangban-faults-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL does not run as root, and must reach its data
        wanted = read(env={}, state_dir=name, keys=Keyring.new_key("faults"))
        with Victim(wanted, folder).alive(services) as victim:
            yield victim


def kills(rounds: int) -> None:
    """Kill a worker and PostgreSQL by turns, checking after each kill."""
    services = rounds * 2_500
    with _stage(services) as victim:
        with Load(victim.workers.url, services).running() as load:
            for number in range(rounds):
                what = kill_and_wait(victim, number)
                there = check(victim, load.record)
                out.print(
                    f"  {number + 1:3} of {rounds}: killed {what};"
                    f" all {there} acknowledged ratings are there"
                )
        all_there = check(victim, load.record)
        out.print(
            f"{rounds} kills under load: all {all_there} acknowledged ratings are there once, and"
            f" all scores equal the recount. {load.record.failures} tries failed and were"
            f" repeated, {load.record.repeated} of them had been kept before.",
            soft_wrap=True,
        )


def without_redis() -> None:
    """Kill Valkey under load: ratings go on being taken in, and each once."""
    services = 20_000
    with _stage(services) as victim:
        with Load(victim.workers.url, services).running() as load:
            time.sleep(1)
            victim.valkey.kill()
            time.sleep(1)  # what was under way at that moment is over
            before = len(load.record.acknowledged)
            time.sleep(SECONDS_WITHOUT)
            meanwhile = len(load.record.acknowledged) - before
            assert meanwhile >= ENOUGH, f"only {meanwhile} ratings were taken in"
            victim.valkey.start()
            time.sleep(1)
        there = check(victim, load.record)
        out.print(
            f"Without Valkey {meanwhile} ratings were taken in in {SECONDS_WITHOUT} seconds;"
            f" all {there} acknowledged ratings are there once.",
            soft_wrap=True,
        )


OUTCOMES = {
    "sent": "arrived through WeChat",
    "sms": "arrived by SMS",
    "inbox": "are in the inbox alone, as they should be",
    "doubtful_arrived": "dead letters: no answer (they did arrive)",
    "doubtful": "dead letters: no answer (they did not arrive)",
    "dead": "dead letters: not delivered",
}


def send(count: int) -> None:
    """Send messages while 30 % of all calls fail and senders are killed; print the ledger."""
    with tempfile.TemporaryDirectory(prefix="zhangban-faults-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL does not run as root, and must reach its data
        outcomes, ledger = messages.run(count, folder)
    for outcome, said in OUTCOMES.items():
        out.print(f"  {outcomes[outcome]:6} {said}")
    out.print(
        f"{count} messages over {ledger.calls} calls, of which {messages.SHARE:.0%} failed, with"
        f" {ledger.kills} senders killed, in {ledger.seconds:.0f} s: each arrived once or is a"
        " dead letter, none twice, none lost.",
        soft_wrap=True,
    )


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else "200"
    if given == "redis":
        without_redis()
    elif given == "messages":
        send(int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
    else:
        kills(int(given))
