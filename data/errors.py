"""What can go wrong, drawn as one tree. Each error carries a code; callbacks/refusals.py alone puts it in words.

ChatError
├── NotSignedIn                401  no session, or one that ended
├── Refused                    403  known to exist, not for this person
│   ├── NotAllowed                  lacks the right
│   ├── OptionOff                   the chat is not on for them
│   ├── OriginRefused               the request comes from another site
│   ├── PublicFromPortalOnly        launching from the mobile application
│   ├── ConversationLeft            come back before writing
│   ├── RecipientGone               the other person of a one-to-one left or departed
│   ├── ParticipantLeft             who left a group comes back by themselves alone
│   └── RightsBeyondOwn             a link or a right above one's own
├── NotFound                   404  absent, foreign and deleted alike
├── Invalid                    400  says what to correct
│   ├── MalformedRequest            not a form, frame or body of ours
│   ├── TextBlank · TextTooLong
│   ├── NameBlank · NameTooLong
│   ├── RecipientMissing · TooFewRecipients · ServicesMissing · ServiceMissing
│   ├── EmailInvalid · NumberInvalid · CodeInvalid
│   ├── DateInvalid · EndBeforeStart · NotEmployedThen · AlreadyAssigned
│   ├── PasswordTooShort · PasswordTooLong · PasswordCommon · PasswordWrong
│   ├── ZoneUnknown
│   ├── TicketInvalid · RequesterMissing · MomentPast · TrialTooShort
│   ├── FileTooLarge · TooManyLines · FileUnreadable · FileRefused
│   ├── FileEmpty · ColumnMissing · ColumnTwice · QuotesWrong · CellsExtra
│   ├── ValueMissing · FormulaRefused · NumberTwice
│   ├── ServiceUnknown · MovedBeforeHired · HireDateDiffers · HiredAgainSince
│   ├── EndpointRefused             no push service of a browser that we know
│   ├── HourInvalid · AddressInvalid
│   ├── ReasonMissing · AmountInvalid · MonthInvalid
│   └── PeriodUnknown · PeriodFuture · PeriodTooEarly · PeriodTooLong
├── Conflict                   409  true a moment ago, or already so
│   ├── RefConflict                 same ref, other text
│   ├── TwinExists                  the pair has another conversation now
│   ├── TooLate                     undo or restore after its time
│   ├── LinkSpent                   a one-time link used, replaced or expired
│   ├── NumberTaken · EmailTaken · CodeTaken · NameTaken · ServiceInUse
│   ├── PlaceClosed                 nobody new comes to a closed service or department
│   ├── PrimaryTaken                one main service at a time
│   ├── ChangePlanned               a move that is due later stands in the way
│   ├── AccessCutOff                give it back before anything else
│   ├── AlreadyMember               the account has a file there already
│   ├── TicketUsed                  for another switch of the option
│   ├── OptionUnchanged             a switch that would change nothing
│   ├── OnThroughOrganization       a service is not switched off while all are on
│   ├── MessagesSent · AnnulmentExpired   an activation that can only be switched off
│   ├── AlreadyAdministered         an administrator names the others
│   ├── ImportUnderWay              of the same file, elsewhere at this moment
│   ├── MonthUnfinished             a month is closed once it is over
│   ├── ClosingHeld                 the organization's closing is on hold
│   ├── DuplicatesSuspected         merge or dismiss them before closing
│   ├── PriceMissing · ProvinceMissing · SellerIncomplete
│   ├── BooksChanged                something was recorded meanwhile: look again
│   ├── NothingToCorrect            today's facts agree with what was billed
│   └── CreditTooLarge · PaymentTooLarge
├── TooMany                    429  wait a little
│   ├── TooManyAttempts             sign-in
│   ├── TooManyBeginnings           of conversations
│   └── TooFast                     a flood of frames
└── Unavailable                503  the database cannot take it now; nothing was half done
"""

from __future__ import annotations

import re


class ChatError(Exception):
    """`params` are what the words need (a limit, a name); never anything secret."""

    status = 500

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.code)

    @property
    def code(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class NotSignedIn(ChatError):
    status = 401


class Refused(ChatError):
    status = 403


class NotAllowed(Refused): ...


class OptionOff(Refused): ...


class OriginRefused(Refused): ...


class PublicFromPortalOnly(Refused): ...


class ConversationLeft(Refused): ...


class RecipientGone(Refused): ...


class ParticipantLeft(Refused): ...


class RightsBeyondOwn(Refused): ...


class NotFound(ChatError):
    status = 404


class Invalid(ChatError):
    status = 400


class MalformedRequest(Invalid): ...


class TextBlank(Invalid): ...


class TextTooLong(Invalid): ...


class NameBlank(Invalid): ...


class NameTooLong(Invalid): ...


class TooFewRecipients(Invalid): ...


class RecipientMissing(Invalid): ...


class ServicesMissing(Invalid): ...


class ServiceMissing(Invalid): ...


class EmailInvalid(Invalid): ...


class NumberInvalid(Invalid): ...


class CodeInvalid(Invalid): ...


class DateInvalid(Invalid): ...


class EndBeforeStart(Invalid): ...


class NotEmployedThen(Invalid): ...


class AlreadyAssigned(Invalid): ...


class PasswordTooShort(Invalid): ...


class PasswordTooLong(Invalid): ...


class PasswordCommon(Invalid): ...


class PasswordWrong(Invalid): ...


class FileTooLarge(Invalid): ...


class FileUnreadable(Invalid): ...


class FileRefused(Invalid): ...


class TooManyLines(Invalid): ...


class FileEmpty(Invalid): ...


class ColumnMissing(Invalid): ...


class ColumnTwice(Invalid): ...


class QuotesWrong(Invalid): ...


class CellsExtra(Invalid): ...


class ValueMissing(Invalid): ...


class FormulaRefused(Invalid): ...


class NumberTwice(Invalid): ...


class ServiceUnknown(Invalid): ...


class MovedBeforeHired(Invalid): ...


class HireDateDiffers(Invalid): ...


class HiredAgainSince(Invalid): ...


class ZoneUnknown(Invalid): ...


class ReasonMissing(Invalid): ...


class EndpointRefused(Invalid): ...


class HourInvalid(Invalid): ...


class AddressInvalid(Invalid): ...


class AmountInvalid(Invalid): ...


class MonthInvalid(Invalid): ...


class PeriodUnknown(Invalid): ...


class PeriodFuture(Invalid): ...


class PeriodTooEarly(Invalid): ...


class PeriodTooLong(Invalid): ...


class TicketInvalid(Invalid): ...


class RequesterMissing(Invalid): ...


class MomentPast(Invalid): ...


class TrialTooShort(Invalid): ...


class Conflict(ChatError):
    status = 409


class RefConflict(Conflict): ...


class TwinExists(Conflict): ...


class TooLate(Conflict): ...


class LinkSpent(Conflict): ...


class NumberTaken(Conflict): ...


class EmailTaken(Conflict): ...


class CodeTaken(Conflict): ...


class NameTaken(Conflict): ...


class ServiceInUse(Conflict): ...


class PlaceClosed(Conflict): ...


class PrimaryTaken(Conflict): ...


class ChangePlanned(Conflict): ...


class AccessCutOff(Conflict): ...


class AlreadyMember(Conflict): ...


class ImportUnderWay(Conflict): ...


class TicketUsed(Conflict): ...


class OptionUnchanged(Conflict): ...


class OnThroughOrganization(Conflict): ...


class MessagesSent(Conflict): ...


class AnnulmentExpired(Conflict): ...


class AlreadyAdministered(Conflict): ...


class MonthUnfinished(Conflict): ...


class ClosingHeld(Conflict): ...


class DuplicatesSuspected(Conflict): ...


class PriceMissing(Conflict): ...


class ProvinceMissing(Conflict): ...


class SellerIncomplete(Conflict): ...


class BooksChanged(Conflict): ...


class NothingToCorrect(Conflict): ...


class CreditTooLarge(Conflict): ...


class PaymentTooLarge(Conflict): ...


class TooMany(ChatError):
    """`retry_after`: seconds to wait."""

    status = 429


class TooManyAttempts(TooMany): ...


class TooManyBeginnings(TooMany): ...


class TooFast(TooMany): ...


class Unavailable(ChatError):
    status = 503
