"""Passwords: hashed with Argon2id, on threads, a few at a time."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from polygate.core.cards import Secret

# RFC 9106's second recommended setting, and argon2-cffi's own: 64 MiB and three passes, about 50 ms.
_HASHER: Final = PasswordHasher()
_THREADS: Final = ThreadPoolExecutor(2, thread_name_prefix="passwords")
"""Each of them takes 64 MiB while it works; whoever comes meanwhile waits."""
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Nothing that looks like something else."""
_GROUPS: Final = 4
_GROUP_LENGTH: Final = 5


async def hashed(password: Secret) -> str:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHER.hash, password.reveal())


async def is_right(password: Secret, password_hash: str | None) -> bool:
    """Without a hash the answer is no, and takes as long."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _verify, password.reveal(), password_hash)


def new_password() -> Secret:
    """One to be typed once: about 99 bits, in groups that can be read out."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return Secret("-".join(groups))


def _verify(password: str, password_hash: str | None) -> bool:
    try:
        _HASHER.verify(password_hash or _nobodys_hash(), password)
    except VerificationError:
        return False
    return password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_hex(16))
