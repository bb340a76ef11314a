"""Signing in and out, one-time links, and what the door lets through."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from callbacks.identity import COOKIES
from callbacks.push import get_notifier
from data import db
from data.access.actors import Surface, hash_token
from data.access.directory import access_assisted_person, access_listed_organization
from data.actions import attempts, sessions
from data.actions.directory import do_end_sessions
from data.errors import RightsBeyondOwn
from data.passwords import hash_password
from tests.callbacks.conftest import ORIGIN, Visitor
from tests.conftest import Moment
from tests.factories import Somebody, World, chatter
from tests.statements import counting_statements

Visit = Callable[..., Visitor]

PASSWORD = "quatre mots sans lien"


def give_password(somebody: Somebody, password: str = PASSWORD) -> None:
    from sqlalchemy import update

    from data.models import accounts

    with db.unit_of_work() as uow:
        hashed = hash_password(password)
        uow.execute(update(accounts).where(accounts.c.id == somebody.account_id).values(password_hash=hashed))


def describe(somebody: Somebody) -> tuple[str, str]:
    """E-mail and employee number."""
    from sqlalchemy import select

    from data.models import accounts, employees

    with db.read() as reader:
        email = reader.execute(select(accounts.c.email).where(accounts.c.id == somebody.account_id)).scalar()
        number = reader.execute(select(employees.c.number).where(employees.c.person_id == somebody.person_id)).scalar()
    return email, number


def issue_link(issuer: Somebody, person: Somebody, secret: str, surface: Surface = Surface.PORTAL) -> str:
    token = sessions.new_token()
    with db.unit_of_work() as uow:
        organization = access_listed_organization(uow, issuer.act(surface))
        assisted = access_assisted_person(uow, organization, person.id)
        sessions.do_issue_access_link(uow, assisted, token_hash=hash_token(token, secret))
    return token


@pytest.fixture
def kitchen(app_world: World) -> int:
    return app_world.add_service("cuisine")


@pytest.fixture
def ariane(app_world: World, kitchen: int) -> Somebody:
    return app_world.hire("Ariane Gagnon", kitchen, manages=(kitchen,))


@pytest.fixture
def karim(app_world: World, kitchen: int) -> Somebody:
    return app_world.hire("Karim Benali", kitchen)


@pytest.fixture
def secret(application: Any) -> str:
    return str(application.config["CHAT_SETTINGS"].secret_key)


def test_by_email_and_by_number(visit: Visit, ariane: Somebody) -> None:
    give_password(ariane)
    email, number = describe(ariane)
    for form in ({"identifier": email.upper(), "code": ""}, {"identifier": number, "code": "LAURIER"}):
        answer = visit().post("/sign-in", form | {"password": PASSWORD})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        assert f"{COOKIES[Surface.PORTAL]}=" in answer.headers["Set-Cookie"]


def test_who_runs_nothing_is_served_by_the_phone_application(visit: Visit, karim: Somebody) -> None:
    give_password(karim)
    email, _ = describe(karim)
    answer = visit().post("/sign-in", {"identifier": email, "password": PASSWORD})
    assert answer.headers["Location"] == "/m"
    assert "Path=/m" in answer.headers["Set-Cookie"]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(visit: Visit, ariane: Somebody) -> None:
    give_password(ariane)
    email, _ = describe(ariane)
    cookie = visit().post("/sign-in", {"identifier": email, "password": PASSWORD}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_unknown_and_known_people_get_the_same_answer(visit: Visit, ariane: Somebody, application: Any) -> None:
    give_password(ariane)
    email, number = describe(ariane)
    answers = [
        visit().post("/sign-in", {"identifier": identifier, "code": code, "password": "faux mot de passe"})
        for identifier, code in ((email, ""), ("personne@nulle.part", ""), (number, "laurier"), ("E99999", "laurier"))
    ]
    assert {answer.status_code for answer in answers} == {401}
    bodies = {
        answer.get_data(as_text=True).replace(given, "·")
        for answer, given in zip(answers, (email, "personne@nulle.part", number, "E99999"), strict=True)
    }
    assert len({body.replace('value="laurier"', 'value=""') for body in bodies}) == 1


def test_a_number_without_its_code_is_told_so_whether_or_not_it_exists(visit: Visit, ariane: Somebody) -> None:
    give_password(ariane)
    _, number = describe(ariane)
    said = "Ajoutez le code de l"
    for identifier, code, is_told in ((number, "", True), ("E99999", " ", True), (number, "laurier", False)):
        answer = visit().post("/sign-in", {"identifier": identifier, "code": code, "password": "faux mot de passe"})
        assert answer.status_code == 401
        assert (said in answer.get_data(as_text=True)) is is_told


def test_a_session_that_was_ended_elsewhere_is_said_to_be_over(
    visit: Visit, app_world: World, ariane: Somebody
) -> None:
    visitor, said = visit(ariane), "Votre session"
    assert said not in visit().get("/sign-in").get_data(as_text=True)
    with app_world.administering(ariane) as (uow, employee):
        do_end_sessions(uow, employee)
    assert said in visitor.get("/sign-in").get_data(as_text=True)


def test_the_sixth_failure_waits(visit: Visit, ariane: Somebody) -> None:
    give_password(ariane)
    email, _ = describe(ariane)
    visitor = visit()
    wrong = {"identifier": email, "password": "faux mot de passe"}
    assert [visitor.post("/sign-in", wrong).status_code for _ in range(5)] == [401] * 5
    sixth = visitor.post("/sign-in", {"identifier": email, "password": PASSWORD})
    assert sixth.status_code == 429
    assert 0 < int(sixth.headers["Retry-After"]) <= 15 * 60
    assert visit().post("/sign-in", {"identifier": "autre@exemple.org", "password": "x"}).status_code == 401


def test_the_right_password_forgets_ones_own_failures(visit: Visit, ariane: Somebody) -> None:
    give_password(ariane)
    email, _ = describe(ariane)
    for _ in range(3):
        for _ in range(4):
            visit().post("/sign-in", {"identifier": email, "password": "faux mot de passe"})
        assert visit().post("/sign-in", {"identifier": email, "password": PASSWORD}).status_code == 303


class Street:
    """Sign-ins from chosen addresses; the status of each."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def try_from(self, address: str, identifier: str, password: str = "faux mot de passe") -> int:
        form = {"identifier": identifier, "password": password}
        return self._visit().post("/sign-in", form, environ_overrides={"REMOTE_ADDR": address}).status_code


@pytest.fixture
def street(visit: Visit) -> Street:
    return Street(visit)


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many attempts in a test: compared without argon2, and held back sooner."""
    from callbacks import sign_in

    monkeypatch.setattr(attempts, "OF_IDENTIFIER", 10)
    monkeypatch.setattr(attempts, "OF_ADDRESS", 20)
    monkeypatch.setattr(sign_in, "is_password", lambda given, hashed: hashed is not None and given == PASSWORD)


@pytest.mark.usefixtures("quick_passwords")
def test_only_failures_count(street: Street, ariane: Somebody, karim: Somebody) -> None:
    """A workplace behind one address signs in all morning."""
    give_password(ariane)
    give_password(karim)
    for _ in range(attempts.OF_ADDRESS + 5):
        assert street.try_from("192.0.2.9", describe(ariane)[0], PASSWORD) == 303
    assert street.try_from("192.0.2.9", describe(karim)[0], PASSWORD) == 303


@pytest.mark.usefixtures("quick_passwords")
def test_a_stranger_does_not_lock_an_account_where_its_owner_signed_in(street: Street, ariane: Somebody) -> None:
    give_password(ariane)
    email, _ = describe(ariane)
    assert street.try_from("192.0.2.9", email, PASSWORD) == 303
    for number in range(attempts.OF_IDENTIFIER):
        assert street.try_from(f"198.51.100.{number}", email) == 401
    for number in range(attempts.OF_ADDRESS):  # nor a colleague on the same network
        assert street.try_from("192.0.2.9", f"{number}@exemple.org") == 401
    assert street.try_from("198.51.100.99", email, PASSWORD) == 429
    assert street.try_from("192.0.2.9", "autre@exemple.org") == 429
    assert street.try_from("192.0.2.9", email, PASSWORD) == 303


@pytest.mark.usefixtures("quick_passwords")
def test_an_unknown_identifier_is_held_back_like_a_known_one(street: Street, ariane: Somebody) -> None:
    give_password(ariane)
    seen = []
    for identifier in (describe(ariane)[0], "personne@nulle.part"):
        near = [street.try_from("192.0.2.9", identifier) for _ in range(6)]
        far = [street.try_from(f"198.51.100.{number}", identifier) for number in range(10)]
        seen.append((near, far))
    assert seen[0] == seen[1]
    assert seen[0][0] == [401] * 5 + [429]
    assert seen[0][1] == [401] * 5 + [429] * 5


def test_a_network_of_ipv6_is_one_address(street: Street) -> None:
    statuses = [street.try_from(f"2001:db8:0:7::{number}", "a@exemple.org") for number in range(1, 7)]
    assert statuses == [401] * 5 + [429]
    assert street.try_from("2001:db8:0:8::1", "a@exemple.org") == 401


def test_failures_lapse_one_by_one_after_fifteen_minutes(street: Street, moment: Moment) -> None:
    for _ in range(5):
        assert street.try_from("192.0.2.9", "a@exemple.org") == 401
        moment.advance(minutes=3)
    assert [street.try_from("192.0.2.9", "a@exemple.org") for _ in range(2)] == [401, 429]


@pytest.mark.parametrize(("identifier", "code"), [("a" * 250 + "@x.ca", ""), ("1003", "b" * 255)])
def test_what_is_too_long_for_a_name_gets_the_same_words_and_is_not_looked_up(
    visit: Visit, identifier: str, code: str
) -> None:
    with counting_statements() as seen:
        answer = visit().post("/sign-in", {"identifier": identifier, "code": code, "password": "x"})
    assert answer.status_code == 401
    assert "Ces renseignements ne concordent pas" in answer.get_data(as_text=True)
    assert not [statement for statement in seen if "password_hash" in statement]
    assert identifier not in answer.get_data(as_text=True)


def test_a_password_changed_while_it_was_compared_opens_nothing(
    visit: Visit, ariane: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    from callbacks import sign_in

    give_password(ariane)
    email, _ = describe(ariane)

    def compare(given: str, hashed: str | None) -> bool:
        give_password(ariane, "une autre phrase sans lien")
        return True

    monkeypatch.setattr(sign_in, "is_password", compare)
    answer = visit().post("/sign-in", {"identifier": email, "password": PASSWORD})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (401, False)
    assert "Ces renseignements ne concordent pas" in answer.get_data(as_text=True)


def test_signing_in_renews_the_session_and_ends_the_one_before(visit: Visit, ariane: Somebody) -> None:
    give_password(ariane)
    email, _ = describe(ariane)
    visitor = visit()
    tokens = []
    for _ in range(2):
        visitor.post("/sign-in", {"identifier": email, "password": PASSWORD})
        cookie = visitor.client.get_cookie(COOKIES[Surface.PORTAL])
        assert cookie is not None
        tokens.append(cookie.value)
    assert tokens[0] != tokens[1]
    before = visit()
    before.client.set_cookie(COOKIES[Surface.PORTAL], tokens[0])
    assert before.get("/session").status_code == 303


def test_signing_out_ends_the_session_for_good(visit: Visit, ariane: Somebody) -> None:
    visitor = visit(ariane)
    cookie = visitor.client.get_cookie(COOKIES[Surface.PORTAL])
    assert cookie is not None
    assert visitor.get("/session").status_code == 204
    assert visitor.post("/sign-out").headers["Location"] == "/sign-in"
    visitor.client.set_cookie(COOKIES[Surface.PORTAL], cookie.value)
    assert visitor.get("/session").status_code == 303


def test_a_portal_session_lapses_after_twelve_hours(visit: Visit, ariane: Somebody, moment: Moment) -> None:
    visitor = visit(ariane)
    moment.advance(hours=12, seconds=-1)
    assert visitor.get("/session").status_code == 204
    moment.advance(seconds=1)
    assert visitor.get("/session").status_code == 303


@pytest.mark.parametrize(
    "origin",
    ["null", "https://evil.example", "http://localhost.evil.example", "http://localhost:81", "https://localhost"],
)
def test_a_request_of_another_site_does_nothing(visit: Visit, ariane: Somebody, origin: str) -> None:
    visitor = visit(ariane)
    assert visitor.post("/sign-out", headers={"Origin": origin}).status_code == 403
    assert visitor.get("/session").status_code == 204


def test_a_post_without_any_origin_is_refused_unless_the_browser_vouches(visit: Visit, ariane: Somebody) -> None:
    visitor = visit(ariane)
    assert visitor.client.post("/sign-out").status_code == 403
    assert visitor.client.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/m",
        "//[",
        "/\t/evil.example",
        "/\r\nX-Evil: 1",
    ],
)
def test_next_leads_nowhere_else(visit: Visit, ariane: Somebody, target: str) -> None:
    give_password(ariane)
    email, _ = describe(ariane)
    answer = visit().post("/sign-in", {"identifier": email, "password": PASSWORD, "next": target})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("target", ["//[", "/\r\nX-Evil: 1", "https://evil.example/"])
def test_the_choice_of_a_language_leads_nowhere_else(visit: Visit, target: str) -> None:
    answer = visit().post("/language", {"language": "en", "next": target})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")


def test_next_leads_where_one_was_going(visit: Visit, ariane: Somebody) -> None:
    give_password(ariane)
    email, _ = describe(ariane)
    asked = visit().get("/directory?person=3")
    assert asked.headers["Location"] == "/sign-in?next=/directory%3Fperson%3D3"
    answer = visit().post("/sign-in", {"identifier": email, "password": PASSWORD, "next": "/directory?person=3"})
    assert answer.headers["Location"] == "/directory?person=3"


# One-time links


def test_a_link_opens_once(visit: Visit, ariane: Somebody, karim: Somebody, secret: str) -> None:
    token = issue_link(ariane, karim, secret)
    assert "Karim Benali" in visit().get(f"/access/{token}").get_data(as_text=True)
    answer = visit().post(f"/access/{token}", {"password": "mon tout nouveau secret"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/m")
    for again in (
        visit().get(f"/access/{token}"),
        visit().post(f"/access/{token}", {"password": "mon tout nouveau secret"}),
    ):
        assert again.status_code == 409
    email, _ = describe(karim)
    assert visit().post("/m/sign-in", {"identifier": email, "password": "mon tout nouveau secret"}).status_code == 303


def test_the_newest_link_alone_works_and_for_seven_days(
    visit: Visit, ariane: Somebody, karim: Somebody, secret: str, moment: Moment, app_world: World
) -> None:
    first = issue_link(ariane, karim, secret)
    second = issue_link(ariane, karim, secret)
    assert visit().get(f"/access/{first}").status_code == 409
    moment.advance(days=7, seconds=-1)
    assert visit().get(f"/access/{second}").status_code == 200
    moment.advance(seconds=1)
    assert visit().get(f"/access/{second}").status_code == 409
    assert visit().get("/access/invented").status_code == 409


def test_r7_a_first_opening_of_the_phone_application_is_welcomed_once(
    visit: Visit, app_world: World, ariane: Somebody, kitchen: int, secret: str
) -> None:
    recruit = app_world.hire("Noah Côté", kitchen, app=False)
    answer = visit().post(f"/access/{issue_link(ariane, recruit, secret)}", {"password": "mon tout nouveau secret"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/m#welcome")
    email, _ = describe(recruit)
    again = visit().post("/m/sign-in", {"identifier": email, "password": "mon tout nouveau secret"})
    assert again.headers["Location"] == "/m"


@pytest.mark.parametrize(("device", "home"), [("iPhone; Mobile/15E148 Safari", "/m"), ("Windows NT 10.0 Chrome", "/")])
def test_a_code_scanned_by_a_manager_opens_where_it_was_scanned(
    visit: Visit, app_world: World, ariane: Somebody, secret: str, device: str, home: str
) -> None:
    visitor = visit()
    visitor.client.environ_base["HTTP_USER_AGENT"] = device
    token = issue_link(app_world.administrator, ariane, secret)
    answer = visitor.post(f"/access/{token}", {"password": "mon tout nouveau secret"})
    assert answer.headers["Location"] == home


def test_choosing_a_password_ends_the_sessions_before(
    visit: Visit, ariane: Somebody, karim: Somebody, secret: str
) -> None:
    phone = visit(karim, Surface.MOBILE)
    token = issue_link(ariane, karim, secret)
    visit().post(f"/access/{token}", {"password": "mon tout nouveau secret"})
    assert phone.get("/m/session").status_code == 303


@pytest.mark.parametrize(
    ("password", "accepted"),
    [
        ("court", False),
        ("123456789", False),
        ("1234567890", False),
        ("motdepasse1", False),
        ("aaaaaaaaaaaa", False),
        ("soleilsoleil", False),
        ("KarimBenali1", False),
        ("dix lettres", True),
        ("x" * 201, False),
    ],
)
def test_passwords_of_employees(
    visit: Visit, ariane: Somebody, karim: Somebody, secret: str, password: str, accepted: bool
) -> None:
    token = issue_link(ariane, karim, secret)
    answer = visit().post(f"/access/{token}", {"password": password})
    assert answer.status_code == (303 if accepted else 400)
    assert visit().get(f"/access/{token}").status_code == (409 if accepted else 200)


def test_people_with_rights_over_others_need_fifteen(
    visit: Visit, app_world: World, ariane: Somebody, secret: str
) -> None:
    token = issue_link(app_world.administrator, ariane, secret)
    assert visit().post(f"/access/{token}", {"password": "quatorze lettr"}).status_code == 400
    assert visit().post(f"/access/{token}", {"password": "quinze lettres!"}).headers["Location"] == "/"


def test_rights_given_later_ask_for_a_longer_password(
    visit: Visit, app_world: World, karim: Somebody, kitchen: int
) -> None:
    from data.access.directory import access_shaped_service
    from data.actions.directory import do_grant_service

    give_password(karim, "dix lettres")
    email, _ = describe(karim)
    assert visit().post("/sign-in", {"identifier": email, "password": "dix lettres"}).headers["Location"] == "/m"
    with app_world.administering(karim) as (uow, employee):
        do_grant_service(uow, employee, access_shaped_service(uow, employee.organization, kitchen))
    answer = visit().post("/sign-in", {"identifier": email, "password": "dix lettres"})
    assert answer.headers["Location"].startswith("/access/")
    chosen = visit().post(answer.headers["Location"], {"password": "bien plus de quinze lettres"})
    assert chosen.headers["Location"] == "/"


def test_a_link_never_gives_more_than_its_issuer_has(app_world: World, ariane: Somebody, kitchen: int) -> None:
    from data.errors import NotFound

    hall = app_world.add_service("salle")
    isabelle = app_world.hire("Isabelle Fontaine", kitchen, manages=(kitchen, hall))
    elsewhere = app_world.hire("Paul Hébert", hall)
    with db.unit_of_work() as uow:
        organization = access_listed_organization(uow, ariane.act(Surface.PORTAL))
        with pytest.raises(RightsBeyondOwn):
            access_assisted_person(uow, organization, isabelle.id)
        with pytest.raises(NotFound):
            access_assisted_person(uow, organization, elsewhere.id)
        with pytest.raises(NotFound):
            access_assisted_person(uow, organization, app_world.administrator.id)


def test_one_account_for_two_workplaces_and_a_reset_that_stays_in_its_own(
    visit: Visit, app_world: World, ariane: Somebody, karim: Somebody, secret: str
) -> None:
    """Karim also works for the rival; he keeps one account. The rival's manager resets "his" password: nothing of his
    account at home is theirs to change."""
    rival = World.create("rival")
    oven = rival.add_service("four")
    rita = rival.hire("Rita Rivale", oven, manages=(oven,))
    karim_there = rival.hire("Karim Benali", oven, app=False)
    give_password(karim)
    email, _ = describe(karim)
    token = issue_link(rita, karim_there, secret)
    answer = visit().post(f"/access/{token}", {"identifier": email, "current_password": PASSWORD})
    assert answer.status_code == 303
    token = issue_link(rita, karim_there, secret)
    assert visit().post(f"/access/{token}", {"password": "choisi par la rivale"}).status_code == 303
    answer = visit().post("/m/sign-in", {"identifier": email, "password": "choisi par la rivale"})
    assert answer.status_code == 401
    assert visit().post("/m/sign-in", {"identifier": email, "password": PASSWORD}).status_code == 303
    with db.read() as reader:
        assert chatter(reader, karim).organization_id == app_world.organization_id


def test_attaching_needs_the_other_accounts_password(
    visit: Visit, ariane: Somebody, karim: Somebody, secret: str
) -> None:
    give_password(ariane)
    email, _ = describe(ariane)
    token = issue_link(ariane, karim, secret)
    answer = visit().post(f"/access/{token}", {"identifier": email, "current_password": "faux mot de passe"})
    assert answer.status_code == 401
    answer = visit().post(f"/access/{token}", {"identifier": email, "current_password": PASSWORD})
    assert answer.status_code == 409


# The door


def test_pages_send_strangers_to_the_right_sign_in(visit: Visit) -> None:
    assert visit().get("/").headers["Location"] == "/sign-in"
    assert visit().get("/m").headers["Location"] == "/m/sign-in"
    assert visit().get("/conversations").headers["Location"] == "/sign-in?next=/conversations"


def test_a_plain_employee_has_no_portal(visit: Visit, app_world: World, ariane: Somebody, kitchen: int) -> None:
    """Even one who had it a moment ago."""
    from data.access.directory import access_shaped_service
    from data.actions.directory import do_withdraw_service

    visitor = visit(ariane)
    assert visitor.get("/conversations").status_code == 200
    with app_world.administering(ariane) as (uow, employee):
        do_withdraw_service(uow, employee, access_shaped_service(uow, employee.organization, kitchen))
    answer = visitor.get("/conversations")
    assert answer.status_code == 403
    assert 'href="/m"' in answer.get_data(as_text=True)


def test_cookies_open_their_own_surface_only(visit: Visit, ariane: Somebody, application: Any) -> None:
    portal = visit(ariane).client.get_cookie(COOKIES[Surface.PORTAL])
    assert portal is not None
    confused = visit()
    confused.client.set_cookie(COOKIES[Surface.MOBILE], portal.value, path="/m")
    assert confused.get("/m").status_code == 303


def test_every_answer_carries_the_security_headers(visit: Visit, ariane: Somebody) -> None:
    for path in ("/sign-in", "/health", "/conversations", "/assets/tokens.css", "/access/x"):
        answer = visit(ariane).get(path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_browsers_come_back_by_https_where_people_come_by_https(visit: Visit, application: Any) -> None:
    assert "Strict-Transport-Security" not in visit().get("/sign-in").headers
    settings = application.config["CHAT_SETTINGS"]
    application.config["CHAT_SETTINGS"] = settings.model_copy(update={"origin": "https://chat.example.ca"})
    assert visit().get("/sign-in").headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("path", ["dash/nothing.js", "nothing/x.js", "os/os.py", "dash/../../app.py", "dash/%2e%2e/x"])
def test_there_are_no_other_components(visit: Visit, path: str) -> None:
    assert visit().get(f"/_dash-component-suites/{path}").status_code == 404


@pytest.mark.parametrize("path", ["/access/{}", "/x//access/{}", "/m/access/{}", "/access//{}"])
def test_a_token_reaches_no_log(
    visit: Visit, secret: str, ariane: Somebody, karim: Somebody, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where it is written in the wrong place, nor where something of ours fails."""
    from callbacks import logs, refusals, sign_in

    def fail(*_: Any) -> None:
        raise RuntimeError("a fault")

    told: list[Any] = []
    for module, way in ((logs, "info"), (refusals, "exception")):
        monkeypatch.setattr(module, "log", SimpleNamespace(**{way: lambda event, **words: told.append((event, words))}))
    monkeypatch.setattr(sign_in, "access_link", fail)
    token = issue_link(ariane, karim, secret)
    visit().get(path.format(token))
    assert told
    assert token not in str(told)
    assert (len(told) == 2) == (path == "/access/{}")  # the fault, and the request


def test_asking_changes_nothing(visit: Visit, application: Any, ariane: Somebody, karim: Somebody, secret: str) -> None:
    """No GET writes. The server's key for notifications is made when it starts to serve."""
    get_notifier(application)
    token = issue_link(ariane, karim, secret)
    portal, phone, stranger = visit(ariane), visit(karim, Surface.MOBILE), visit()
    with counting_statements() as seen:
        for path in (
            "/",
            "/conversations",
            "/directory",
            "/session",
            "/health",
            "/_dash-layout",
            "/_dash-dependencies",
        ):
            portal.get(path)
        for path in ("/m", "/m/session"):
            phone.get(path)
        for path in ("/sign-in", "/m/sign-in", f"/access/{token}"):
            stranger.get(path)
    assert seen
    assert [statement for statement in seen if not statement.startswith(("SELECT", "WITH"))] == []


def test_too_large_a_body_is_refused(visit: Visit, ariane: Somebody) -> None:
    answer = visit(ariane).client.post(
        "/_dash-update-component", data=b"x" * 9_000_000, headers={"Origin": ORIGIN, "Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 413)


def test_unknown_addresses_and_methods_have_a_kind_page(visit: Visit, ariane: Somebody) -> None:
    assert visit(ariane).client.post("/nowhere", headers={"Origin": ORIGIN}).status_code in (404, 405)
    answer = visit().get("/m/nowhere")
    assert answer.status_code in (303, 404)
