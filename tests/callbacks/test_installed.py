"""The phone application as something installed: its page, its manifest, its service worker, its files."""

from __future__ import annotations

import html
import json
import re
import resource
import subprocess
from collections.abc import Callable
from typing import Any

import brotli
import pytest

from callbacks import bundles, installed
from callbacks.assets import FOLDER, MOBILE_SCRIPTS, MOBILE_STYLES
from callbacks.identity import COOKIES, MARK_COOKIE
from data import i18n
from data.access.actors import Surface
from data.actions.sessions import LIFETIME
from tests.callbacks.conftest import Visitor
from tests.conftest import Moment
from tests.factories import Somebody, World, launch, send
from tests.socket.reducer import find_node

Visit = Callable[..., Visitor]

BUDGET = 150_000  # bytes, compressed, of the page before its data
PARSE = "new (require('vm').Script)(require('fs').readFileSync(0, 'utf8'))"


@pytest.fixture
def karim(app_world: World) -> Somebody:
    return app_world.hire("Karim Benali", app_world.add_service("cuisine"))


def read_config(page: str) -> dict[str, Any]:
    found = re.search(r'id="chat-config">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    config: dict[str, Any] = json.loads(found.group(1))
    return config


def test_the_manifest_speaks_the_language_it_is_asked_for_in(visit: Visit, app_world: World) -> None:
    names = {}
    for language in ("fr", "en", "xx"):
        answer = visit().get(f"{installed.MANIFEST}?language={language}")
        assert answer.mimetype == "application/manifest+json"
        manifest = answer.get_json()
        assert (manifest["scope"], manifest["start_url"], manifest["display"]) == ("/m", "/m", "standalone")
        names[language] = manifest["description"], manifest["lang"], manifest["shortcuts"][0]["name"]
    assert names["fr"] == names["xx"] != names["en"]


def test_every_icon_of_the_manifest_is_there_in_its_size(visit: Visit, app_world: World) -> None:
    manifest = visit().get(installed.MANIFEST).get_json()
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} >= {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in manifest["icons"]:
        picture = visit().get(icon["src"])
        assert picture.mimetype == "image/png"
        width, height = (int.from_bytes(picture.data[at : at + 4]) for at in (16, 20))
        assert f"{width}x{height}" == icon["sizes"]


def test_the_worker_may_serve_the_whole_application_and_is_never_kept_by_a_proxy(
    visit: Visit, app_world: World
) -> None:
    answer = visit().get(installed.WORKER)
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/m"
    assert answer.headers["Cache-Control"] == "no-store"
    for directive in ("worker-src 'self'", "manifest-src 'self'", "connect-src 'self'"):
        assert directive in answer.headers["Content-Security-Policy"]
    subprocess.run([find_node(), "-e", PARSE], input=answer.data, check=True)


def test_the_worker_keeps_files_that_are_there_for_ever(visit: Visit, app_world: World) -> None:
    files = json.loads(re.search(r"^const FILES = (.*);$", installed.build_worker(), re.MULTILINE).group(1))  # type: ignore[union-attr]
    assert bundles.bundle_url(bundles.SCRIPT) in files
    for file in files:
        answer = visit().get(file)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_the_page_names_the_version_that_may_keep_it(visit: Visit, karim: Somebody) -> None:
    answer = visit(karim, Surface.MOBILE).get("/m")
    assert answer.headers[installed.VERSION_HEADER] == installed.get_version()
    assert f'const VERSION = "{installed.get_version()}";' in installed.build_worker()


def test_the_page_brings_the_welcome_and_the_copy_to_keep_nothing_that_anybody_wrote(
    visit: Visit, app_world: World
) -> None:
    service_id = app_world.add_service("cuisine")
    manager = app_world.hire("Ariane Gagnon", service_id, manages=(service_id,))
    karim = app_world.hire("Karim Benali", service_id)
    send(manager, launch(manager, service_id, name="Fermeture"), "Code de l'alarme 4711", surface=Surface.PORTAL)
    visitor = visit(karim, Surface.MOBILE)
    welcome = read_config(visitor.get("/m").text)["welcome"]
    assert welcome["me"]["name"] == "Karim Benali"
    assert (welcome["rows"][0]["last"]["text"], welcome["unread"]) == ("Code de l'alarme 4711", 1)
    kept = visitor.get("/m", headers={installed.KEEP_HEADER: "1"}).text
    assert read_config(kept)["welcome"] is None
    for word in ("4711", "Fermeture", "Ariane", "Karim"):
        assert word not in kept


def test_r21_a_sign_in_on_the_phone_lasts_from_its_last_use(visit: Visit, karim: Somebody, moment: Moment) -> None:
    visitor = visit(karim, Surface.MOBILE)
    for path in ("/m", "/m/session"):
        answer = visitor.get(path)
        cookie = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith(COOKIES[Surface.MOBILE]))
        assert f"Max-Age={int(LIFETIME[Surface.MOBILE].total_seconds())}" in cookie
        assert "HttpOnly" in cookie


def test_what_a_phone_keeps_belongs_to_one_sign_in(visit: Visit, karim: Somebody) -> None:
    """Scripts tell by a cookie of their own whose page they are in; nobody signs in with it."""
    marks = []
    for _ in range(2):
        visitor = visit(karim, Surface.MOBILE)
        page = visitor.get("/m")
        cookie = visitor.client.get_cookie(MARK_COOKIE, path="/m")
        assert cookie is not None
        assert not cookie.http_only
        assert read_config(page.text)["owner"] == cookie.value
        marks.append(cookie.value)
    assert marks[0] != marks[1]
    stranger = visit()
    stranger.client.set_cookie(COOKIES[Surface.MOBILE], marks[0], path="/m")
    assert stranger.get("/m").status_code == 303


def test_signing_out_takes_both_cookies(visit: Visit, karim: Somebody) -> None:
    visitor = visit(karim, Surface.MOBILE)
    visitor.get("/m")
    visitor.post("/m/sign-out")
    for name in (COOKIES[Surface.MOBILE], MARK_COOKIE):
        assert visitor.client.get_cookie(name, path="/m") is None


def test_the_page_and_its_files_are_light(visit: Visit, karim: Somebody) -> None:
    visitor = visit(karim, Surface.MOBILE)
    accepting = {"Accept-Encoding": "br"}
    page = visitor.get("/m", headers=accepting)
    names = re.findall(r'(?:src|href)="(/(?:assets|m)/[^"]+)"', brotli.decompress(page.data).decode())
    assert {name.partition("?")[0] for name in names} >= {"/assets/phone.js", "/assets/phone.css"}
    # Both are asked for before the page that names them has been read.
    assert set(re.findall(r"<(.*?)>; rel=preload", page.headers["Link"])) <= set(names)
    assert page.headers["Link"].count("preload") == 2
    sizes = [len(visitor.get(name, headers=accepting).data) for name in set(names)]
    assert len(page.data) + sum(sizes) < BUDGET / 2


@pytest.mark.parametrize("part", [*MOBILE_SCRIPTS, *MOBILE_STYLES])
def test_comments_that_are_taken_out_share_no_line_with_what_they_are_about(part: str) -> None:
    is_comment = False
    for line in map(str.strip, (FOLDER / part).read_text(encoding="utf-8").splitlines()):
        is_comment = is_comment or line.startswith("/*")
        if is_comment and "*/" in line:
            assert line.endswith("*/"), line
            is_comment = False
        assert is_comment or line.count("`") % 2 == 0, f"quotes that run on over lines: {line}"
    assert not is_comment


def test_what_is_only_for_readers_is_taken_out_and_nothing_else() -> None:
    said = (
        'const a = "https://a.b"; // not "this" one\n  /* why\n  it is */\n\n  open(a); // said to readers\n// and this'
    )
    assert bundles.strip(said) == 'const a = "https://a.b"; // not "this" one\nopen(a);'


def test_scripts_that_were_joined_are_still_scripts(visit: Visit, app_world: World) -> None:
    plain = visit().get(bundles.bundle_url(bundles.SCRIPT), headers={"Accept-Encoding": "identity"}).data
    small = visit().get(bundles.bundle_url(bundles.SCRIPT), headers={"Accept-Encoding": "br"})
    assert small.headers["Content-Encoding"] == "br"
    assert brotli.decompress(small.data) == plain
    assert plain.count(b'"use strict"') == len(MOBILE_SCRIPTS)
    subprocess.run([find_node(), "-e", PARSE], input=plain, check=True)


def test_where_no_file_may_be_opened_one_is_asked_for_patience(visit: Visit, karim: Somebody) -> None:
    visitor, asked = visit(karim, Surface.MOBILE), {"path": "/assets/chat.css", "headers": {"Accept": "text/html"}}
    assert visitor.get("/m/nowhere", headers=asked["headers"]).status_code == 403  # what a refusal needs is read then
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        answer = visitor.get(**asked)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert answer.status_code == 503
    assert i18n.translator("fr")("The server is very busy. Nothing was lost; try again in a moment.") in html.unescape(
        answer.text
    )
    assert visitor.get(**asked).status_code == 200
