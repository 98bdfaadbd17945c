""".ci/run sees to a browser and a font where it may, and runs the checks and the tests in any case.

It runs among stand-ins of the programs that it calls: nothing is installed, and nothing is made.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "run"
BASH = shutil.which("bash")
NEEDED = ("dirname", "env")
RUNS = ["made check", "made test"]
INSTALL = "install -y --no-install-recommends"
Run = Callable[..., list[str]]

pytestmark = pytest.mark.skipif(BASH is None, reason="a script of bash")


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str], None]:
    """`program("name", "lines of sh")` puts a program on the script's path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)

    def put(name: str, lines: str) -> None:
        file = folder / name
        file.write_text(f"#!/bin/sh\n{lines}\n")
        file.chmod(0o755)

    put("make", 'echo "made $*"')
    put("id", "echo 0")
    return put


@pytest.fixture
def run(tmp_path: Path, program: Callable[[str, str], None]) -> Run:
    """Runs the script, which must succeed, and returns its lines."""

    def run_it(**more: str) -> list[str]:
        assert BASH
        done = subprocess.run(
            [BASH, SCRIPT],
            env={"PATH": str(tmp_path / "bin")} | more,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    return run_it


@pytest.fixture
def apt(tmp_path: Path, program: Callable[[str, str], None]) -> Callable[[], str]:
    """An apt-get that writes down what it is told."""
    told = tmp_path / "told"
    program("apt-get", f'echo "$DEBIAN_FRONTEND $*" >>{told}')
    return lambda: told.read_text() if told.exists() else ""


def test_with_a_browser_and_a_font_nothing_is_installed(program, run: Run, apt) -> None:
    program("chromium", "")
    program("fc-list", "echo Noto Sans CJK SC")
    assert run() == RUNS
    assert apt() == ""


def test_what_is_missing_is_installed_without_a_question(program, run: Run, apt) -> None:
    assert run() == ["· installing for the browser tests: chromium fonts-noto-cjk", *RUNS]
    update, install = apt().splitlines()
    assert update.startswith("noninteractive ")
    assert update.endswith(" update")
    assert install.endswith(f"{INSTALL} chromium fonts-noto-cjk")


def test_a_font_alone_is_installed_for_a_browser_that_is_there(program, run: Run, apt) -> None:
    program("google-chrome", "")
    program("fc-list", "true")
    run()
    assert apt().endswith(f"{INSTALL} fonts-noto-cjk\n")


def test_where_nothing_can_be_installed_the_tests_run_all_the_same(program, run: Run) -> None:
    program("apt-get", "exit 100")
    assert run()[1:] == ["· they could not be installed", *RUNS]


def test_without_apt_it_says_what_to_install(run: Run) -> None:
    said, *runs = run()
    assert said.startswith("· no apt-get here")
    assert runs == RUNS


def test_who_is_not_root_is_told_what_to_run(program, run: Run, apt) -> None:
    program("id", "echo 1000")
    assert run()[0].endswith("run: apt-get install chromium fonts-noto-cjk")
    program("sudo", "exit 1")  # which would ask for a password
    assert run()[1:] == RUNS
    assert apt() == ""


def test_who_may_be_root_without_a_password_is(program, run: Run, apt) -> None:
    program("id", "echo 1000")
    program("sudo", 'shift; exec "$@"')
    program("true", "exit 0")
    assert run() == ["· installing for the browser tests: chromium fonts-noto-cjk", *RUNS]
    assert "chromium" in apt()


def test_a_browser_that_was_named_and_is_not_there_is_not_replaced(program, run: Run, apt) -> None:
    program("fc-list", "true")
    assert run(CHROMIUM="/no/where") == ["· CHROMIUM is set, but there is no /no/where", *RUNS]
    assert apt() == ""


def test_it_can_be_run() -> None:
    assert os.access(SCRIPT, os.X_OK)
