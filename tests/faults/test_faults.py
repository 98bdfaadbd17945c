"""What is acknowledged stays, whatever is killed. `make faults` goes on for ten times as long.

In a process of their own: the storm opens and closes the database of its process.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def storm(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=1_200,  # some tens of what it takes: it works as fast as it can
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_twenty_kills_of_workers_and_of_postgresql_lose_nothing_and_count_nothing_twice() -> None:
    assert "20 kills under load" in storm("20")


@pytest.mark.slow
def test_ratings_go_on_being_taken_in_while_redis_is_dead() -> None:
    assert "Without Valkey" in storm("redis")


@pytest.mark.slow
def test_on_bad_days_each_message_arrives_once_or_is_a_dead_letter() -> None:
    assert "none twice, none lost" in storm("messages", "500")
