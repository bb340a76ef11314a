"""The only translator of errors: what each says to a person, and the answer it becomes."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import date
from functools import partial
from urllib.parse import quote

import structlog
from dash.exceptions import DependencyException
from flask import Flask, Response, g, jsonify, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from wsproto.utilities import RemoteProtocolError

from callbacks.identity import current_translator
from callbacks.logs import hide_token
from data import errors
from data.access.actors import Surface
from data.errors import ChatError
from data.i18n import Translator

Words = Callable[[Translator, ChatError], str]

log = structlog.get_logger()

NO_FILE_LEFT = (errno.EMFILE, errno.ENFILE)

# Sentences that say what happened and what to do. One for each leaf of the tree in data/errors.
REFUSALS: dict[type[ChatError], Words] = {
    errors.NotSignedIn: lambda t, e: t("Your session has ended. Sign in again."),
    errors.NotAllowed: lambda t, e: t("You do not have the right to do this."),
    errors.OptionOff: lambda t, e: t("The chat is not activated for your workplace."),
    errors.OriginRefused: lambda t, e: t("This request comes from another site. Nothing was done."),
    errors.PublicFromPortalOnly: lambda t, e: t(
        "Public conversations are created in the web portal. You can reply to them here."
    ),
    errors.ConversationLeft: lambda t, e: t("You left this conversation. Come back to it to write."),
    errors.RecipientGone: lambda t, e: t("This person can no longer read your messages here."),
    errors.ParticipantLeft: lambda t, e: t(
        "{name} left this conversation and can only come back by themselves.", name=e.params["name"]
    ),
    errors.RightsBeyondOwn: lambda t, e: t("This person has rights that you do not have. Ask an administrator."),
    errors.NotFound: lambda t, e: t("This no longer exists, or is not open to you."),
    errors.MalformedRequest: lambda t, e: t("The server did not understand this request. Reload the page."),
    errors.TextBlank: lambda t, e: t("Write something first."),
    errors.TextTooLong: lambda t, e: t(
        "Your message is too long: {length} characters, {limit} at most.", **_numbers(t, e)
    ),
    errors.NameBlank: lambda t, e: t("Give a name."),
    errors.NameTooLong: lambda t, e: t("The name is too long: {limit} characters at most.", **_numbers(t, e)),
    errors.RecipientMissing: lambda t, e: t("Choose a person."),
    errors.TooFewRecipients: lambda t, e: t("Choose at least two people."),
    errors.ServicesMissing: lambda t, e: t("Choose at least one service."),
    errors.ServiceMissing: lambda t, e: t("Choose a service."),
    errors.EmailInvalid: lambda t, e: t("This e-mail address is not valid."),
    errors.NumberInvalid: lambda t, e: t("This employee number is not valid: letters, digits, . _ - and / only."),
    errors.CodeInvalid: lambda t, e: t("This code is not valid: letters, digits, . _ and - only, 20 at most."),
    errors.DateInvalid: lambda t, e: t("This date is not valid. Write it like 2026-11-23."),
    errors.EndBeforeStart: lambda t, e: t("The last day comes before the first."),
    errors.NotEmployedThen: lambda t, e: t("This person does not work there on that day."),
    errors.AlreadyAssigned: lambda t, e: t("This person already works in that service on that day."),
    errors.PasswordTooShort: lambda t, e: t("Choose a password of at least {limit} characters.", **_numbers(t, e)),
    errors.PasswordTooLong: lambda t, e: t("Choose a password of at most {limit} characters.", **_numbers(t, e)),
    errors.PasswordCommon: lambda t, e: t("This password is too easy to guess. A few unrelated words make a good one."),
    errors.PasswordWrong: lambda t, e: t("This is not your current password."),
    errors.ZoneUnknown: lambda t, e: t("This time zone is not known. Write it like America/Toronto."),
    errors.TicketInvalid: lambda t, e: t("Give the number of the ticket, 40 characters at most."),
    errors.RequesterMissing: lambda t, e: t("Choose who asked for it."),
    errors.MomentPast: lambda t, e: t("This moment is past. Choose one to come, or “now”."),
    errors.TrialTooShort: lambda t, e: t("The free trial must end on the first day or later, within a year."),
    errors.FileTooLarge: lambda t, e: (
        t("This file is too large: {megabytes} MB at most.", **_numbers(t, e))
        if e.params
        else t("This is too large for the server.")
    ),
    errors.TooManyLines: lambda t, e: t(
        "This file has more than {limit} lines. Split it into several files.", **_numbers(t, e)
    ),
    errors.FileUnreadable: lambda t, e: t("This file cannot be read. Save it as CSV, UTF-8, and try again."),
    errors.FileRefused: lambda t, e: t("Nothing was imported: the file has lines to correct."),
    errors.FileEmpty: lambda t, e: t("There is nobody in this file."),
    errors.ColumnMissing: lambda t, e: t("This column is missing."),
    errors.ColumnTwice: lambda t, e: t("This column is there twice."),
    errors.QuotesWrong: lambda t, e: t(
        "A quotation mark is missing or out of place from this line on; what follows could not be read."
    ),
    errors.CellsExtra: lambda t, e: t("This line has more cells than there are columns."),
    errors.ValueMissing: lambda t, e: t("This cell must be filled in."),
    errors.FormulaRefused: lambda t, e: t("This begins like a formula: = + - and @ are not accepted there."),
    errors.NumberTwice: lambda t, e: t("This employee number is already on line {line}.", **_numbers(t, e)),
    errors.ServiceUnknown: lambda t, e: t("No service has this code. To create it, give its name as well."),
    errors.MovedBeforeHired: lambda t, e: t("The move comes before the hire date."),
    errors.HireDateDiffers: lambda t, e: t("The file known here says another hire date: {day}.", day=e.params["day"]),
    errors.HiredAgainSince: lambda t, e: t(
        "This person was hired again on {day}: give that hire date.", day=e.params["day"]
    ),
    errors.RefConflict: lambda t, e: t("Another message was already sent under this reference."),
    errors.TwinExists: lambda t, e: t("You have begun another conversation with this person since."),
    errors.TooLate: lambda t, e: t("It is too late to undo this."),
    errors.LinkSpent: lambda t, e: t("This link no longer works. Ask your manager for a new one."),
    errors.NumberTaken: lambda t, e: t("The number {number} belongs to somebody else.", number=e.params["number"]),
    errors.EmailTaken: lambda t, e: t("This e-mail address already has an account."),
    errors.CodeTaken: lambda t, e: t("The code {code} is already used.", code=e.params["code"]),
    errors.NameTaken: lambda t, e: t("The name {name} is already used.", name=e.params["name"]),
    errors.ServiceInUse: lambda t, e: t.plural(
        "{n} person works there then, or will: move them first.",
        "{n} people work there then, or will: move them first.",
        int(str(e.params["count"])),
    ),
    errors.PlaceClosed: lambda t, e: t("This service or department is closed. Choose another one."),
    errors.PrimaryTaken: lambda t, e: t("This person already has a main service then."),
    errors.ChangePlanned: lambda t, e: t(
        "A move to another service is recorded for a later day and stands in the way. Choose a day after it."
    ),
    errors.AccessCutOff: lambda t, e: t("This person's access is cut off. An administrator can give it back."),
    errors.AlreadyMember: lambda t, e: t("This account already has a file in this organization."),
    errors.ImportUnderWay: lambda t, e: t("This file is being imported somewhere else at this moment."),
    errors.TicketUsed: lambda t, e: t(
        "The ticket {ticket} was already used for another switch. Each switch has its own.", ticket=e.params["ticket"]
    ),
    errors.OptionUnchanged: lambda t, e: t("Nothing would change: it will already be so at that moment."),
    errors.OnThroughOrganization: lambda t, e: t(
        "The chat is on for the whole organization then. Switch on the services that keep it, then switch it off."
    ),
    errors.MessagesSent: lambda t, e: t(
        "Messages were sent since: this activation can no longer be annulled. Switch the chat off instead."
    ),
    errors.AnnulmentExpired: lambda t, e: t(
        "It has been on for more than 24 hours: it can no longer be annulled. Switch the chat off instead."
    ),
    errors.AlreadyAdministered: lambda t, e: t(
        "An administrator of this organization has opened their account: they take it from here."
    ),
    errors.EndpointRefused: lambda t, e: t("Notifications cannot be sent to this browser."),
    errors.HourInvalid: lambda t, e: t("This hour is not valid. Write it like 21:00."),
    errors.AddressInvalid: lambda t, e: t(
        "This address is not valid. Write it whole, like https://example.ca/requests."
    ),
    errors.ReasonMissing: lambda t, e: t("Give the reason."),
    errors.AmountInvalid: lambda t, e: t("This amount is not valid. Write it like 12.50."),
    errors.MonthInvalid: lambda t, e: t("This month is not valid. Write it like 2026-11."),
    errors.PeriodUnknown: lambda t, e: t("Choose a day, a week, a month, a quarter, a year or dates."),
    errors.PeriodFuture: lambda t, e: t("This period has not begun: today is {day}.", day=_day(t, e, "today")),
    errors.PeriodTooEarly: lambda t, e: t(
        "There is nothing to count before {day}. Choose a later period.", day=_day(t, e, "first")
    ),
    errors.PeriodTooLong: lambda t, e: t("Choose a period of {years} years at most.", years=e.params["years"]),
    errors.MonthUnfinished: lambda t, e: t("This month is not over. It can be closed from the 1st of the next one."),
    errors.ClosingHeld: lambda t, e: t("The closing of this organization is on hold. Release it first."),
    errors.DuplicatesSuspected: lambda t, e: t("Files that may be the same person wait: merge or dismiss them first."),
    errors.PriceMissing: lambda t, e: t("No price is in force for this month. Give one first."),
    errors.ProvinceMissing: lambda t, e: t("The province, or its tax rates, are missing. Give them first."),
    errors.SellerIncomplete: lambda t, e: t("The seller's name or tax numbers are missing from the server's settings."),
    errors.BooksChanged: lambda t, e: t("Something was recorded meanwhile. Look again, then confirm."),
    errors.NothingToCorrect: lambda t, e: t("There is nothing to correct: what was billed agrees with today's facts."),
    errors.CreditTooLarge: lambda t, e: t("This is more than what is left of the invoice."),
    errors.PaymentTooLarge: lambda t, e: t("This is more than what is left to pay."),
    errors.TooManyAttempts: lambda t, e: t.plural(
        "Too many attempts. Try again in {n} minute.", "Too many attempts. Try again in {n} minutes.", _minutes(e)
    ),
    errors.TooManyBeginnings: lambda t, e: t.plural(
        "You have begun many conversations within an hour. You can begin another one in {n} minute.",
        "You have begun many conversations within an hour. You can begin another one in {n} minutes.",
        _minutes(e),
    ),
    errors.TooFast: lambda t, e: t("You are going too fast. Wait a few seconds."),
    errors.Unavailable: lambda t, e: t("The server is very busy. Nothing was lost; try again in a moment."),
}


def describe_refusal(error: ChatError, t: Translator) -> str:
    return REFUSALS[type(error)](t, error)


def describe_fault(t: Translator) -> str:
    return t("Something went wrong on our side. Nothing was changed.")


def register(server: Flask) -> None:
    server.register_error_handler(ChatError, _answer)
    server.register_error_handler(HTTPException, _answer_http)
    server.register_error_handler(Exception, _answer_fault)
    for theirs, ours in (
        (DependencyException, errors.NotFound()),  # Dash: a file that is none of its components'
        (RemoteProtocolError, errors.MalformedRequest()),  # a handshake without its version or its key
    ):
        server.register_error_handler(theirs, partial(_answer_as, ours))


def _answer(error: Exception) -> Response:
    assert isinstance(error, ChatError)
    if isinstance(error, errors.NotSignedIn) and _wants_page():
        return _to_sign_in()
    response = _build(error.status, error.code, describe_refusal(error, current_translator()))
    if isinstance(error, errors.TooMany):
        response.headers["Retry-After"] = str(error.params["retry_after"])
    return response


def _answer_as(ours: ChatError, _theirs: Exception) -> Response:
    """What a library raises where the sender is at fault."""
    return _answer(ours)


def _answer_http(error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.code is None or error.code < 400:
        response: Response = error.get_response()  # type: ignore[assignment]
        return response
    twin = {404: errors.NotFound(), 405: errors.NotFound(), 413: errors.FileTooLarge()}.get(error.code)
    known = twin or errors.MalformedRequest()
    return _build(error.code, known.code, describe_refusal(known, current_translator()))


def _answer_fault(error: Exception) -> Response:
    """A fault of ours: told to the log, whole, and to the person without a trace. Where no file may be opened any more,
    it is none of the page's that needs its first one."""
    if isinstance(error, OSError) and error.errno in NO_FILE_LEFT:
        log.warning("no_file_left", path=hide_token(request.path))
        return _answer(errors.Unavailable())
    log.exception("request_failed", path=hide_token(request.path))
    return _build(500, "fault", describe_fault(current_translator()))


def _build(status: int, code: str, text: str) -> Response:
    if _wants_page():
        page = render_template(
            "refusal.html", t=current_translator(), text=text, surface=g.get("surface", Surface.PORTAL), status=status
        )
        return Response(page, status)
    response = jsonify(code=code, text=text)
    response.status_code = status
    return response


def _to_sign_in() -> Response:
    surface = g.get("surface", Surface.PORTAL)
    target = "/m/sign-in" if surface is Surface.MOBILE else "/sign-in"
    here = request.full_path.rstrip("?")
    if request.method == "GET" and here not in ("/", "/m"):
        target += f"?next={quote(here)}"
    return redirect(target, 303)  # type: ignore[return-value]


def _wants_page() -> bool:
    """A person looks at the answer: not a script (which names no page among what it accepts), not a socket."""
    names_pages = any(mimetype == "text/html" for mimetype, _quality in request.accept_mimetypes)
    return (names_pages and "Upgrade" not in request.headers) or request.mimetype == "application/x-www-form-urlencoded"


def _numbers(t: Translator, error: ChatError) -> dict[str, str]:
    return {name: t.number(value) for name, value in error.params.items() if isinstance(value, int)}


def _day(t: Translator, error: ChatError, name: str) -> str:
    day = error.params[name]
    assert isinstance(day, date)
    return t.day(day)


def _minutes(error: ChatError) -> int:
    return max(1, -(-int(str(error.params["retry_after"])) // 60))
