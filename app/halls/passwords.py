"""Passwords: how they are kept, compared, and when one is too weak."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import Problem
from app.halls.rules import password_problem

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, two passes."""
NOBODYS_HASH = _hasher.hash("nobody")
"""Compared with where there is no account, so that it takes as long as with one."""
_hashing = asyncio.Semaphore(2)


class WeakPassword(Problem):
    """The new password is too easy to guess; `detail` says why."""

    status = 422
    code = "staff.weak_password"
    title = "密码太简单，请换一个。"


async def hashed(password: str) -> str:
    """How the password is kept: argon2id, in a thread, two at a time."""
    async with _hashing:
        return await asyncio.to_thread(_hasher.hash, password)


async def matches(password_hash: str, password: str) -> bool:
    """Whether this is the password that was hashed."""
    async with _hashing:
        try:
            return await asyncio.to_thread(_hasher.verify, password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def check(password: str, login: str, field: str) -> None:
    """Let a new password pass. Raises WeakPassword, which names the field that it came in."""
    problem = password_problem(password, login)
    if problem:
        raise WeakPassword(problem, field=field)
