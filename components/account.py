"""The page of one's own account: who one is, one's password, where one is signed in, one's other organizations."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components import ids
from components.controls import Child, button, field, icon, page, tag
from components.diagnosis import build_own_diagnosis
from data.access.actors import Actor, Surface, VendorRole
from data.i18n import Translator
from data.passwords import LONGEST
from data.queries.account import MembershipRow, ProfileRow
from data.queries.causes import Diagnosis
from data.queries.sessions import SessionRow


def build_account_page(
    t: Translator,
    actor: Actor,
    profile: ProfileRow,
    memberships: Sequence[MembershipRow],
    sessions: Sequence[SessionRow],
    *,
    role: str,
    shortest: int,
    refusal: str,
    is_changed: bool,
    diagnosis: Diagnosis | None,
    phone: str,
) -> Component:
    """`refusal`: why the password was not changed; `is_changed`: it just was. `diagnosis` of a member;
    `phone`: the address of the phone application."""
    return page(
        t("My account"),
        _build_identity(t, actor, profile, role),
        _build_organizations(t, memberships) if len(memberships) > 1 else None,
        _build_password(t, actor, shortest=shortest, refusal=refusal, is_changed=is_changed),
        build_own_diagnosis(t, diagnosis, phone) if diagnosis else None,
        html.Section(
            [
                html.H2(t("Where I am signed in")),
                html.Div(build_sessions(t, sessions, actor.timezone), id=ids.SESSIONS_LIST),
            ],
            className="stack close-set",
        ),
    )


def _build_identity(t: Translator, actor: Actor, profile: ProfileRow, role: str) -> Component:
    facts: list[tuple[str, Child]] = [(t("Name"), actor.name)]
    if actor.organization_name is not None:
        facts.append((t("Organization"), actor.organization_name))
    facts.append((t("Role"), [html.Div(role), html.Div(_describe_duties(t, actor, profile), className="meta")]))
    facts.append((t("I sign in with"), _describe_sign_in(t, profile)))
    return html.Section(
        html.Dl(
            [part for name, value in facts for part in (html.Dt(name), html.Dd(value, dir="auto"))], className="facts"
        ),
        className="card-box identity",
        **{"aria-label": t("Who I am")},
    )


def _describe_duties(t: Translator, actor: Actor, profile: ProfileRow) -> Child:
    """What one does here, in plain words; honest about what is not there."""
    if actor.vendor_role is VendorRole.FINANCE:
        return t(
            "You look after the bills of all organizations. Their screens are not there yet: for now, your account is "
            "all there is for you here. You never see what people write."
        )
    if actor.vendor_role is VendorRole.CUSTOMER_SERVICE:
        return t(
            "You help all organizations: their option, their services, their people. You never see what they write."
        )
    if actor.member.is_administrator:
        return t("You run the whole organization: its services, its staff, its public conversations.")
    return ", ".join(profile.manages)


def _describe_sign_in(t: Translator, profile: ProfileRow) -> Child:
    ways = [profile.email] if profile.email else []
    if profile.number and profile.code:
        ways.append(t("the code {code} and the number {number}", code=profile.code, number=profile.number))
    return t(" or ").join(ways)


def _build_organizations(t: Translator, memberships: Sequence[MembershipRow]) -> Component:
    return html.Section(
        [
            html.H2(t("My organizations")),
            html.P(t("One account opens them all; you act in one at a time."), className="meta"),
            html.Ul([_build_membership(t, row) for row in memberships], className="plain row-list"),
        ],
        className="stack close-set",
    )


def _build_membership(t: Translator, row: MembershipRow) -> Component:
    if row.is_current:
        act: Component = tag(t("here"))
    else:
        act = html.Form(
            [
                dcc.Input(type="hidden", name="organization", value=str(row.organization_id)),
                html.Button(
                    [t("Go there"), html.Span(f" – {row.name}", className="hidden-text")],
                    type="submit",
                    className="button",
                ),
            ],
            action="/account/organization",
            method="POST",
        )
    return html.Li([html.Span(row.name, className="grow", dir="auto"), act])


def _build_password(t: Translator, actor: Actor, *, shortest: int, refusal: str, is_changed: bool) -> Component:
    told: Component | None = None
    if refusal:
        told = html.P(refusal, className="notice-box danger", role="alert")
    elif is_changed:
        told = html.P(
            t("Your password is changed. All your devices were signed out, but this one."),
            className="notice-box good",
            role="status",
        )
    return html.Section(
        [
            html.H2(t("My password")),
            told,
            html.Form(
                [
                    # Which account it is, for password managers.
                    dbc.Input(
                        type="text",
                        name="username",
                        value=actor.name,
                        autoComplete="username",
                        readonly=True,
                        className="d-none",
                    ),
                    dcc.Input(type="hidden", name="next", value="/account?changed=password"),
                    field(
                        t("Current password"),
                        _password_input(ids.PASSWORD_CURRENT, "current", "current-password"),
                    ),
                    field(
                        t("New password"),
                        _password_input(ids.PASSWORD_NEW, "new", "new-password", minLength=shortest),
                        help=t("At least {n} characters. A few unrelated words make a good one.", n=t.number(shortest)),
                    ),
                    html.Button(t("Change my password"), type="submit", className="button main"),
                    html.P(t("Your other devices will be signed out."), className="meta"),
                ],
                action="/account/password",
                method="POST",
                className="stack password-form",
            ),
        ],
        className="stack close-set",
    )


def _password_input(id: str, name: str, complete: str, **properties: object) -> Component:
    return dbc.Input(
        id=id, type="password", name=name, autoComplete=complete, required=True, maxLength=LONGEST, **properties
    )


def build_sessions(t: Translator, rows: Sequence[SessionRow], timezone: str) -> Component:
    return html.Ul([_build_session(t, row, timezone) for row in rows], className="plain row-list")


def _build_session(t: Translator, row: SessionRow, timezone: str) -> Component:
    where = t("Phone application") if row.surface is Surface.MOBILE else t("Portal")
    seen = t("seen on {moment}", moment=t.moment(row.seen_at, timezone))
    name = row.device
    words = " · ".join(part for part in (where, row.organization, seen) if part)
    if row.is_current:
        act: Component = tag(t("this device"))
    else:
        act = button(
            [t("Sign out"), html.Span(f" – {name}, {where}", className="hidden-text")],
            ids.end_session(row.id),
            n_clicks=0,
        )
    return html.Li(
        [
            icon("phone" if row.surface is Surface.MOBILE else "screen"),
            html.Div([html.Div(name), html.Div(words, className="meta")], className="grow"),
            act,
        ]
    )
