"""The pure parts of notifications: whom, when, where to, and what is made of an answer."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import clock
from data.errors import EndpointRefused
from data.i18n import translator
from data.push.delivery import PushServices, read_reply
from data.push.endpoints import Endpoint, check_endpoint
from data.push.policy import LOOK_AGAIN, TOGETHER, Alert, Drop, Hold, Standing, Wait, decide
from data.push.quiet import QuietHours, find_end
from data.push.sealing import ServerKey, check_keys, encode, is_private_key, new_private_key
from data.push.words import News, write_news, write_summary
from tests.push_service import Device

ZONES = ("America/Toronto", "America/Halifax", "America/St_Johns", "America/Regina")
MINUTES = st.integers(0, 1439)
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
STANDINGS = st.builds(
    Standing,
    may_read=st.booleans(),
    is_muted=st.booleans(),
    news=st.integers(0, 3),
    is_looking=st.booleans(),
    is_urgent=st.booleans(),
)


def instants() -> st.SearchStrategy[datetime]:
    """Any minute of a year, with those around which a clock is changed more often."""
    minutes = st.integers(0, 366 * 24 * 60)
    any_minute = minutes.map(lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute))
    changes = st.sampled_from([datetime(2026, 3, 8, 6, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC)])
    near = st.builds(lambda day, minute: day + timedelta(minutes=minute), changes, st.integers(-600, 600))
    return any_minute | near


def is_quiet(quiet: QuietHours, instant: datetime, zone: str) -> bool:
    """As somebody reads it off a clock on the wall."""
    local = instant.astimezone(clock.zone(zone))
    minute, minutes = 60 * local.hour + local.minute, []
    at = quiet.starts
    while at != quiet.ends:
        minutes.append(at)
        at = (at + 1) % 1440
    return minute in minutes


# When.


@given(st.builds(QuietHours, MINUTES, MINUTES), instants(), st.sampled_from(ZONES))
def test_r20_quiet_hours_are_those_of_the_wall_and_end(quiet: QuietHours, instant: datetime, zone: str) -> None:
    end = find_end(quiet, instant, zone)
    assert (end is not None) == is_quiet(quiet, instant, zone)
    if end is not None:
        assert instant < end <= instant + timedelta(hours=25)
        assert not is_quiet(quiet, end, zone)


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-11-23T20:59:00-05:00", None),
        ("2026-11-23T21:00:00-05:00", "2026-11-24T07:00:00-05:00"),
        ("2026-11-24T06:59:59-05:00", "2026-11-24T07:00:00-05:00"),
        ("2026-11-24T07:00:00-05:00", None),
        ("2026-10-31T23:00:00-04:00", "2026-11-01T07:00:00-05:00"),  # the night of 25 hours
        ("2026-03-07T23:00:00-05:00", "2026-03-08T07:00:00-04:00"),  # of 23
    ],
)
def test_r20_the_night(at: str, end: str | None) -> None:
    found = find_end(QuietHours(21 * 60, 7 * 60), datetime.fromisoformat(at).astimezone(UTC), "America/Toronto")
    assert found == (datetime.fromisoformat(end) if end else None)


def test_the_same_hour_twice_is_no_quiet_hours() -> None:
    assert find_end(QuietHours(300, 300), NOW, "America/Toronto") is None


# Whom.


@given(
    STANDINGS,
    st.none() | st.timedeltas(timedelta(), 2 * TOGETHER),
    st.builds(QuietHours, MINUTES, MINUTES),
    instants(),
    st.sampled_from(ZONES),
)
def test_r20_who_is_alerted_when(
    standing: Standing, begun: timedelta | None, quiet: QuietHours, now: datetime, zone: str
) -> None:
    standing = replace(standing, begun_at=None if begun is None else now - begun)
    verdict = decide(standing, quiet, now, zone)
    concerned = standing.may_read and not standing.is_muted and standing.news > 0
    assert isinstance(verdict, Drop) is not concerned
    if not concerned:
        return
    if standing.is_looking:
        assert verdict == Wait(now + LOOK_AGAIN)
    elif standing.is_urgent:
        assert verdict == Alert()
    elif is_quiet(quiet, now, zone):
        assert isinstance(verdict, Hold)
    elif standing.begun_at is not None and now - standing.begun_at < TOGETHER:
        assert verdict == Wait(standing.begun_at + TOGETHER)
    else:
        assert verdict == Alert()


# Where to.


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:def_-", "https://fcm.googleapis.com"),
        ("https://updates.push.services.mozilla.com/wpush/v2/gAAA", "https://updates.push.services.mozilla.com"),
        ("https://web.push.apple.com/QGo8", "https://web.push.apple.com"),
        ("https://wns2-by3p.notify.windows.com/w/?token=BQ%3d%3d", "https://wns2-by3p.notify.windows.com"),
        ("https://web.push.apple.com:443/QGo8", "https://web.push.apple.com"),
        ("http://127.0.0.1:9/push", "http://127.0.0.1:9"),
    ],
)
def test_endpoints_of_known_services_are_taken(endpoint: str, origin: str) -> None:
    found = check_endpoint(endpoint, {"http://127.0.0.1:9"})
    assert found.origin == origin
    assert found.address.startswith(f"{origin}/")


@pytest.mark.parametrize(
    ("spellings", "address"),
    [
        (
            ("HTTPS://FCM.googleapis.com/fcm/send/aB", "https://fcm.googleapis.com:443/fcm/send/aB?"),
            "https://fcm.googleapis.com/fcm/send/aB",
        ),
        (("http://LOCALHOST:9/push/aB?x=1",), "http://localhost:9/push/aB?x=1"),
        (
            ("https://wns2-by3p.notify.windows.com/w/?token=BQ%2bA%3d", "https://WNS2-by3p.notify.windows.com/w/?token=BQ%2BA%3D"),
            "https://wns2-by3p.notify.windows.com/w/?token=BQ%2BA%3D",
        ),
    ],
)  # fmt: skip
def test_an_address_has_one_spelling(spellings: tuple[str, ...], address: str) -> None:
    """Else one device would be registered twice, by two people perhaps."""
    for spelling in spellings:
        assert check_endpoint(spelling, {"http://localhost:9"}).address == address


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "fcm.googleapis.com/fcm/send/abc",
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil-fcm.googleapis.com/x",
        "https://evilpush.apple.com/x",
        "https://push.apple.com.evil.example/x",
        "https://fcm.googleapis.com@evil.example/x",
        "https://evil.example/?https://fcm.googleapis.com",
        "https://fcm.googleapis.com:8443/x",
        "https://user:password@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:99999/x",
        "https://fcm.googleapis.com\\@evil.example/x",
        "https://fcm.googleapis.com/\r\nHost: evil.example",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/é",
        "https://fcm.googleapis.com/#x",
        "https://fcm.googleapis.com/fcm/send/aB?x=1",
        "https://fcm.googleapis.com/fcm/send/a%42",
        "https://fcm.googleapis.com/fcm/./send/aB",
        "https://fcm.googleapis.com/fcm/../fcm/send/aB",
        "https://fcm.googleapis.com/fcm//send/aB",
        "https://fcm.googleapis.com/fcm/send/aB/",
        "https://fcm.googleapis.com./fcm/send/aB",
        "https://fcm.googleapis.com",
        "https://web.push.apple.com/QGo8;x",
        "https://wns2-by3p.notify.windows.com/w/?token=BQ&x=1",
        "https://wns2-by3p.notify.windows.com/w/?x=1&token=BQ",
        "https://wns2-by3p.notify.windows.com/w/?token=%42Q",
        "https://127.0.0.1/x",
        "http://127.0.0.1:90/push",
        "http://127.0.0.1:9@evil.example/push",
        "https://[::1]/x",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/x",
        "https://.push.apple.com/x",
        "https://a..push.apple.com/x",
        f"https://{'a' * 64}.push.apple.com/x",
        "https://evil.example%00.push.apple.com/x",
        "https://evil.example;.push.apple.com/x",
        "file:///etc/passwd",
        "https://fcm.googleapis.com/" + "x" * 1000,
    ],
)
def test_no_other_address_is_ever_gone_to(endpoint: str) -> None:
    with pytest.raises(EndpointRefused):
        check_endpoint(endpoint, {"http://127.0.0.1:9"})


def test_a_name_that_cannot_be_one_stops_nobody_elses_notifications() -> None:
    """Whatever such an address raises would be raised for all that is sent together with it."""
    for name in (".push.apple.com", f"{'a' * 64}.push.apple.com"):
        endpoint = Endpoint(f"https://{name}", f"https://{name}/x")
        assert PushServices().post(endpoint, {}, b"", NOW).outcome == "failed"


def test_a_private_address_behind_a_known_name_is_not_spoken_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        services = PushServices()
        assert services.post(Endpoint(origin, f"{origin}/push"), {}, b"", NOW).outcome == "failed"
        listener.settimeout(5)
        heard, _ = listener.accept()
        with heard:
            assert heard.recv(100) == b""


# What is made of an answer.


@pytest.mark.parametrize(
    ("status", "retry_after", "outcome", "wait"),
    [
        (201, None, "taken", 0),
        (204, None, "taken", 0),
        (404, None, "gone", 0),
        (410, None, "gone", 0),
        (429, "120", "wait", 120),
        (429, None, "wait", 60),
        (429, "soon", "wait", 60),
        (429, "99999999999", "wait", 86_400),
        (429, "-5", "wait", 60),
        (429, format_datetime(NOW + timedelta(minutes=3)), "wait", 180),
        (429, format_datetime(NOW - timedelta(minutes=3)), "wait", 0),
        (503, "30", "wait", 30),
        (503, None, "failed", 0),
        (500, None, "failed", 0),
        (301, None, "refused", 0),
        (400, None, "refused", 0),
        (403, None, "refused", 0),
        (413, None, "refused", 0),
    ],
)
def test_what_a_push_service_says_is_understood(status: int, retry_after: str | None, outcome: str, wait: int) -> None:
    reply = read_reply(status, retry_after, NOW)
    assert (reply.outcome, round(reply.wait)) == (outcome, wait)


# Keys.


def test_a_key_made_here_is_one() -> None:
    key = new_private_key()
    assert is_private_key(key)
    assert len(ServerKey(key, "mailto:a@b.example").public) == 87
    assert not is_private_key(key[:-4])
    assert not is_private_key(encode(bytes(32)))


@pytest.mark.parametrize("part", ["p256dh", "auth"])
@pytest.mark.parametrize("wrong", ["", "x", "é", "A" * 87, "====", "AAAA", f"Ag{'A' * 42}"])
def test_keys_that_no_browser_gives_are_refused(part: str, wrong: str) -> None:
    given_ = Device("https://fcm.googleapis.com").subscription
    assert check_keys(f"{given_.p256dh}=", f"{given_.auth}==") == (given_.p256dh, given_.auth)
    with pytest.raises(EndpointRefused):
        check_keys(**({"p256dh": given_.p256dh, "auth": given_.auth} | {part: wrong}))


# Words.


NEWS = News(7, "Fermeture", "Karim Benali", 1, 1, "Je ferme", is_urgent=False)


@pytest.mark.parametrize(
    ("language", "title", "body"),
    [
        ("fr", "4 nouveaux messages pendant les heures de silence", "Fermeture, Sofia Lavoie"),
        ("en", "4 new messages while it was quiet", "Fermeture, Sofia Lavoie"),
    ],
)
def test_a_summary_counts_and_names(language: str, title: str, body: str) -> None:
    pair = News(8, None, "Sofia Lavoie", 1, 3, "secret", is_urgent=False)
    found = write_summary(translator(language), [NEWS, pair])
    assert (found["title"], found["body"], found["conversation"]) == (title, body, None)


def test_a_summary_names_three_and_of_one_leads_there() -> None:
    t = translator("fr")
    many = [News(n, f"C{n}", "Karim Benali", 1, 1, "", is_urgent=False) for n in range(1, 6)]
    assert write_summary(t, many)["body"] == "C1, C2, C3…"
    assert write_summary(t, many[:1])["conversation"] == 1


@given(st.text(max_size=5_000), st.sampled_from(["fr", "en"]))
def test_the_words_are_there_only_when_allowed_and_never_too_long(text: str, language: str) -> None:
    news = News(7, "Fermeture", "Karim Benali", 1, 1, f"PLANTED {text}", is_urgent=False)
    assert "PLANTED" not in write_news(translator(language), news, shows_text=False, now=NOW)["body"]
    assert len(write_news(translator(language), news, shows_text=True, now=NOW)["body"]) < 200
