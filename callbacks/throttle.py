"""How often a password may be tried: who and where from, as short for a megabyte as for a letter."""

from __future__ import annotations

import hashlib
import ipaddress

from data import db
from data.actions.attempts import Attempt, do_count_attempt, do_forgive_attempt


class Throttle:
    """`what`: which passwords; those of another throttle are counted apart."""

    def __init__(self, what: str) -> None:
        self._what = what

    def check(self, identifier: str, address: str) -> None:
        """`TooManyAttempts`, which counts nothing; else the attempt counts until `forget` takes it back."""
        with db.unit_of_work() as uow:
            do_count_attempt(uow, self._describe(identifier, address))

    def forget(self, identifier: str, address: str) -> None:
        """The right password was given."""
        with db.unit_of_work() as uow:
            do_forgive_attempt(uow, self._describe(identifier, address))

    def _describe(self, identifier: str, address: str) -> Attempt:
        network = _find_network(address)
        return Attempt(
            _hash(self._what, identifier, network), _hash(self._what, identifier), _hash(self._what, "", network)
        )


def _hash(*words: str) -> str:
    return hashlib.blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _find_network(address: str) -> str:
    """Whoever has one address of IPv6 has the 2⁶⁴ around it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(parsed) >> 64 << 64))
