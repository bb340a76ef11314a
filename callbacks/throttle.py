"""How often a password may be tried. What is kept is small and bounded, whatever is sent and however often."""

from __future__ import annotations

import hashlib
import ipaddress
from collections import OrderedDict

from data import clock
from data.errors import TooManyAttempts

WINDOW = 15 * 60.0  # seconds
# Failures within the window: of one identifier from one address, of one identifier from anywhere, of one address.
OF_BOTH, OF_IDENTIFIER, OF_ADDRESS = 5, 50, 200
MOST_KEYS = 50_000  # of each table; beyond, the one that failed longest ago is forgotten

Key = bytes


class Failures:
    """When each key failed within the window, exactly; nothing is kept of what lies before it."""

    def __init__(self, limit: int, most: int = MOST_KEYS) -> None:
        self.limit = limit
        self._most = most
        self._times: OrderedDict[Key, list[float]] = OrderedDict()  # the one that failed last comes last

    def __len__(self) -> int:
        return len(self._times)

    def find_wait(self, key: Key, now: float) -> float:
        """Seconds until one more may fail; 0 for at once."""
        self._expire(now)
        times = self._times.get(key, ())
        recent = [at for at in times if at > now - WINDOW]
        return recent[-self.limit] + WINDOW - now if len(recent) >= self.limit else 0.0

    def add(self, key: Key, now: float) -> None:
        times = self._times.setdefault(key, [])
        times[:] = [*(at for at in times if at > now - WINDOW), now][-self.limit :]
        self._times.move_to_end(key)
        if len(self._times) > self._most:
            self._times.popitem(last=False)

    def take_back(self, key: Key) -> None:
        """The last one was no failure."""
        times = self._times.get(key)
        if times:
            times.pop()
        if not times:
            self._times.pop(key, None)

    def forget(self, key: Key) -> None:
        self._times.pop(key, None)

    def _expire(self, now: float) -> None:
        while self._times:
            key, times = next(iter(self._times.items()))
            if times[-1] > now - WINDOW:
                return
            del self._times[key]


class Throttle:
    """Counts an attempt as a failure before it is looked at, so that a hundred at once count as a hundred, and takes it
    back when it was none.

    Who signed in from an address before is held back there by failures of their own only: neither a stranger who tries
    their identifier from elsewhere nor a colleague on the same network locks them out."""

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        self._of_both = Failures(OF_BOTH, most_keys)
        self._of_identifier = Failures(OF_IDENTIFIER, most_keys)
        self._of_address = Failures(OF_ADDRESS, most_keys)
        self._at_home: OrderedDict[Key, None] = OrderedDict()
        self._most_keys = most_keys

    def check(self, identifier: str, address: str) -> None:
        """`TooManyAttempts`, which counts nothing; else the attempt counts until `forget` takes it back."""
        now = clock.now().timestamp()
        both, of_identifier, of_address = _hash_keys(identifier, address)
        self._refuse(self._of_both.find_wait(both, now))
        if both not in self._at_home:
            self._refuse(self._of_address.find_wait(of_address, now))
            self._refuse(self._of_identifier.find_wait(of_identifier, now))
        self._of_address.add(of_address, now)
        self._of_identifier.add(of_identifier, now)
        self._of_both.add(both, now)

    def forget(self, identifier: str, address: str) -> None:
        """The right password was given: the attempt was no failure, and those before it were one's own."""
        both, of_identifier, of_address = _hash_keys(identifier, address)
        self._of_both.forget(both)
        self._of_identifier.take_back(of_identifier)
        self._of_address.take_back(of_address)
        self._at_home[both] = None
        self._at_home.move_to_end(both)
        if len(self._at_home) > self._most_keys:
            self._at_home.popitem(last=False)

    @staticmethod
    def _refuse(wait: float) -> None:
        if wait > 0:
            raise TooManyAttempts(retry_after=min(max(1, round(wait)), round(WINDOW)))


def _hash_keys(identifier: str, address: str) -> tuple[Key, Key, Key]:
    network = _find_network(address)
    return _hash(identifier, network), _hash(identifier), _hash("", network)


def _hash(*words: str) -> Key:
    """As short for a megabyte as for a letter."""
    return hashlib.blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=16).digest()


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
