"""Every component id of the portal, once. Scripts name a few of them too (assets/portal.js)."""

from typing import Literal

# Frame
MENU = "menu"
MENU_VERSION = "menu-version"
MENU_BADGE = "menu-badge"
MENU_BADGE_WORDS = "menu-badge-words"
MENU_DRAWER = "menu-drawer"
MENU_TOGGLE = "menu-toggle"
NOTICE = "notice"
NOTICE_TOLD = "notice-told"

Asker = Literal["person", "service", "sheets"]


def ask(asker: Asker, part: str) -> str:
    """A part of the dialog that asks before an act: ask, ask-words, ask-body, ask-error, asked, confirm, keep."""
    return f"{asker}-{part}"


# Conversations
CREATE_PUBLIC = "create-public"
TO_OPEN = "conversation-to-open"
OPENED = "conversation-opened"
PUBLIC_DIALOG = "public-dialog"
PUBLIC_NAME = "public-name"
PUBLIC_SERVICES = "public-services"
PUBLIC_FIRST = "public-first"
PUBLIC_MESSAGE = "public-message"
PUBLIC_REACH = "public-reach"
PUBLIC_SAVE = "public-save"
PUBLIC_CANCEL = "public-cancel"
PUBLIC_ERROR = "public-error"

PickerKind = Literal["one", "group"]


def create(kind: PickerKind) -> str:
    """The creation icon: one person, or several."""
    return f"create-{kind}"


def picker(kind: PickerKind, part: str) -> str:
    """A part of the dialog that chooses recipients: dialog, name, service, department, group, search, people, chosen,
    chosen-ids, summary, save, cancel, error."""
    return f"{kind}-{part}"


def chosen_chip(kind: PickerKind, person_id: int | str) -> dict[str, int | str]:
    return {"type": f"{kind}-chip", "person": person_id}


# Directory
DIRECTORY_SEARCH = "directory-search"
DIRECTORY_SERVICE = "directory-service"
DIRECTORY_STATUS = "directory-status"
DIRECTORY_TABLE = "directory-table"
DIRECTORY_COUNT = "directory-count"
DIRECTORY_CLEAR = "directory-clear"
DIRECTORY_PAGE = "directory-page"
DIRECTORY_VERSION = "directory-version"
DIRECTORY_PREVIOUS = "directory-previous"
DIRECTORY_NEXT = "directory-next"
PERSON_DRAWER = "person-drawer"
PERSON_NAME = "person-name"
PERSON_BODY = "person-body"
PERSON_ID = "person-id"


def person_button(person_id: int | str) -> dict[str, int | str]:
    return {"type": "person", "person": person_id}


def person_error(form: str) -> str:
    """Where a form of the drawer says what to correct: assign, move, end, service-end, places, file, rights, access,
    link."""
    return f"{form}-error"


def place_cancel(service_id: int | str) -> dict[str, int | str]:
    """The button that gives up work to come."""
    return {"type": "place-cancel", "service": service_id}


HIRE_OPEN = "hire-open"
HIRE_DIALOG = "hire-dialog"
HIRE_GIVEN = "hire-given"
HIRE_FAMILY = "hire-family"
HIRE_NUMBER = "hire-number"
HIRE_EMAIL = "hire-email"
HIRE_SERVICE = "hire-service"
HIRE_DEPARTMENT = "hire-department"
HIRE_DATE = "hire-date"
HIRE_SAVE = "hire-save"
HIRE_CANCEL = "hire-cancel"
HIRE_ERROR = "hire-error"
HIRE_WRONG = "hire-wrong"

MOVE_FROM = "move-from"
MOVE_SERVICE = "move-service"
MOVE_DEPARTMENT = "move-department"
MOVE_DATE = "move-date"
MOVE_SAVE = "move-save"
ASSIGN_SERVICE = "assign-service"
ASSIGN_DEPARTMENT = "assign-department"
ASSIGN_DATE = "assign-date"
ASSIGN_PRIMARY = "assign-primary"
ASSIGN_SAVE = "assign-save"
END_DATE = "end-date"
END_SAVE = "end-save"
DEPARTURE_DATE = "departure-date"
DEPARTURE_SAVE = "departure-save"
DEPARTURE_CANCEL = "departure-cancel"
END_SERVICE = "end-service"
END_SERVICE_DATE = "end-service-date"
END_SERVICE_SAVE = "end-service-save"
CORRECT_GIVEN = "file-given"
CORRECT_FAMILY = "file-family"
CORRECT_NUMBER = "file-number"
CORRECT_EMAIL = "file-email"
CORRECT_BIRTH = "file-birth"
CORRECT_FILE = "file-save"
CUT_ACCESS = "cut-access"
GIVE_ACCESS_BACK = "give-access-back"
END_SESSIONS = "end-sessions"
RIGHTS_SERVICES = "rights-services"
RIGHTS_SAVE = "rights-save"
LINK_ISSUE = "link-issue"
LINK_DIALOG = "link-dialog"
LINK_BODY = "link-body"
LINK_TEXT = "link-text"
LINK_COPY = "link-copy"
LINK_COPIED = "link-copied"
LINK_PRINT = "link-print"
LINK_PRINTED = "link-printed"
LINK_CLOSE = "link-close"
SHEETS_PLACE = "sheets-place"
SHEETS_OPEN = "sheets-open"
SHEETS_DIALOG = "sheets-dialog"
SHEETS_BODY = "sheets-body"
SHEETS_PRINT = "sheets-print"
SHEETS_PRINTED = "sheets-printed"
SHEETS_CLOSE = "sheets-close"

# Services
SERVICES_LIST = "services-list"
SERVICES_ORGANIZATION = "services-organization"
SERVICE_NEW = "service-new"
SERVICE_DIALOG = "service-dialog"
SERVICE_CODE = "service-code"
SERVICE_NAME = "service-name"
SERVICE_SAVE = "service-save"
SERVICE_CANCEL = "service-cancel"
SERVICE_ERROR = "service-error"
SERVICE_DRAWER = "service-drawer"
SERVICE_TITLE = "service-title"
SERVICE_BODY = "service-body"
SERVICE_ID = "service-id"
SERVICE_NEW_NAME = "service-new-name"
SERVICE_RENAME = "service-rename"
SERVICE_RENAME_ERROR = "service-rename-error"
SERVICE_CLOSE_DATE = "service-close-date"
SERVICE_CLOSE = "service-close"
SERVICE_CLOSE_ERROR = "service-close-error"
SERVICE_REOPEN = "service-reopen"
DEPARTMENT_NAME = "department-name"
DEPARTMENT_SAVE = "department-save"
DEPARTMENT_ERROR = "department-error"


def service_button(service_id: int | str) -> dict[str, int | str]:
    return {"type": "service", "service": service_id}


def department(part: str, department_id: int | str) -> dict[str, int | str]:
    """A part of a department's line: name, rename, close, reopen."""
    return {"type": f"department-{part}", "department": department_id}


# Groups
GROUPS_LIST = "groups-list"
GROUP_NEW = "group-new"
GROUP_DIALOG = "saved-group-dialog"
GROUP_TITLE = "saved-group-title"
GROUP_ID = "saved-group-id"
GROUP_NAME = "saved-group-name"
GROUP_SEARCH = "saved-group-search"
GROUP_PEOPLE = "saved-group-people"
GROUP_CHOSEN = "saved-group-chosen"
GROUP_CHOSEN_IDS = "saved-group-chosen-ids"
GROUP_SUMMARY = "saved-group-summary"
GROUP_GONE = "saved-group-gone"
GROUP_SAVE = "saved-group-save"
GROUP_CANCEL = "saved-group-cancel"
GROUP_ERROR = "saved-group-error"
GROUP_DELETE_DIALOG = "saved-group-delete-dialog"
GROUP_DELETE_TEXT = "saved-group-delete-text"
GROUP_DELETE_ID = "saved-group-delete-id"
GROUP_DELETE = "saved-group-delete"
GROUP_KEEP = "saved-group-keep"


def group_button(group_id: int | str) -> dict[str, int | str]:
    return {"type": "saved-group", "group": group_id}


def group_delete(group_id: int | str) -> dict[str, int | str]:
    return {"type": "saved-group-delete", "group": group_id}


def group_chip(person_id: int | str) -> dict[str, int | str]:
    return {"type": "saved-group-chip", "person": person_id}


# Staff import
IMPORT_FILE = "import-file"
IMPORT_LIMIT = "import-limit"
IMPORT_CONTENT = "import-content"
IMPORT_ERROR = "import-error"
IMPORT_ORGANIZATION = "import-organization"
IMPORT_BUSY = "import-busy"
IMPORT_PREVIEW = "import-preview"
IMPORT_RESULT = "import-result"
IMPORT_APPLY = "import-apply"
IMPORT_FORGET = "import-forget"

# Account
SESSIONS_LIST = "sessions-list"
PASSWORD_CURRENT = "password-current"  # noqa: S105
PASSWORD_NEW = "password-new"  # noqa: S105


def end_session(session_id: int | str) -> dict[str, int | str]:
    return {"type": "end-session", "session": session_id}


# Organizations
ORGANIZATIONS_SEARCH = "organizations-search"
ORGANIZATIONS_TABLE = "organizations-table"
ORGANIZATIONS_COUNT = "organizations-count"
ORGANIZATIONS_PAGE = "organizations-page"
ORGANIZATIONS_PREVIOUS = "organizations-previous"
ORGANIZATIONS_NEXT = "organizations-next"

OPERATIONS_BODY = "operations-body"
OPERATIONS_REFRESH = "operations-refresh"

# Option
OPTION_BODY = "option-body"
OPTION_DONE = "option-done"
OPTION_ORGANIZATION = "option-organization"
OPTION_SWITCH_ON = "option-switch-on"
OPTION_SWITCH_OFF = "option-switch-off"
OPTION_DRAWER = "option-drawer"
OPTION_TITLE = "option-title"
OPTION_FORM = "option-form"
OPTION_DIRECTION = "option-direction"
OPTION_SCOPE = "option-scope"
OPTION_SERVICES = "option-services"
OPTION_SERVICES_PART = "option-services-part"
OPTION_WHEN = "option-when"
OPTION_OTHER_PART = "option-other-part"
OPTION_DAY = "option-day"
OPTION_HOUR = "option-hour"
OPTION_TRIAL = "option-trial"
OPTION_PREVIEW = "option-preview"
OPTION_TICKET = "option-ticket"
OPTION_REQUESTER = "option-requester"
OPTION_ERROR = "option-error"
OPTION_CONFIRM = "option-confirm"
OPTION_UNDO_DIALOG = "option-undo-dialog"
OPTION_UNDO_TITLE = "option-undo-title"
OPTION_UNDO_BODY = "option-undo-body"
OPTION_UNDO_WHAT = "option-undo-what"
OPTION_UNDO_TICKET = "option-undo-ticket"
OPTION_UNDO_REQUESTER = "option-undo-requester"
OPTION_UNDO_ERROR = "option-undo-error"
OPTION_UNDO_SAVE = "option-undo-save"
OPTION_UNDO_KEEP = "option-undo-keep"
OPTIONS_SEARCH = "options-search"
OPTIONS_TABLE = "options-table"
OPTIONS_COUNT = "options-count"
OPTIONS_PAGE = "options-page"
OPTIONS_PREVIOUS = "options-previous"
OPTIONS_NEXT = "options-next"

# Diagnosis
DIAGNOSIS_SEARCH = "diagnosis-search"
DIAGNOSIS_FOUND = "diagnosis-found"
DIAGNOSIS_BODY = "diagnosis-body"
DIAGNOSIS_ORGANIZATION = "diagnosis-organization"


def diagnosis_button(person_id: int | str) -> dict[str, int | str]:
    return {"type": "diagnosis", "person": person_id}


# Onboarding
ORGANIZATION_NEW = "organization-new"
ORGANIZATION_DIALOG = "organization-dialog"
ORGANIZATION_NAME = "organization-name"
ORGANIZATION_CODE = "organization-code"
ORGANIZATION_PROVINCE = "organization-province"
ORGANIZATION_ZONE = "organization-zone"
ORGANIZATION_LANGUAGE = "organization-language"
ORGANIZATION_CONTACT = "organization-contact"
ORGANIZATION_EMAIL = "organization-email"
ORGANIZATION_ADDRESS = "organization-address"
ORGANIZATION_ERROR = "organization-error"
ORGANIZATION_SAVE = "organization-save"
ORGANIZATION_CANCEL = "organization-cancel"
ORGANIZATION_GO = "organization-go"
CONTACTS_BODY = "contacts-body"
CONTACT_OPEN = "contact-open"
CONTACT_DIALOG = "contact-dialog"
CONTACT_NAME = "contact-name"
CONTACT_EMAIL = "contact-email"
CONTACT_ADDRESS = "contact-address"
CONTACT_ERROR = "contact-error"
CONTACT_SAVE = "contact-save"
CONTACT_CANCEL = "contact-cancel"
FIRST_OPEN = "first-open"
FIRST_DIALOG = "first-dialog"
FIRST_GIVEN = "first-given"
FIRST_FAMILY = "first-family"
FIRST_EMAIL = "first-email"
FIRST_ERROR = "first-error"
FIRST_SAVE = "first-save"
FIRST_CANCEL = "first-cancel"


def first_link(person_id: int | str) -> dict[str, int | str]:
    """The button that gives a first administrator another access sheet."""
    return {"type": "first-link", "person": person_id}


Undoing = Literal["cancel", "annul"]


def option_undo(way: Undoing | str, change_id: int | str) -> dict[str, int | str]:
    """The button that gives up what is planned, or annuls what was a mistake."""
    return {"type": "option-undo", "way": way, "change": change_id}


# Bill
BILL_PLACE = "bill-place"
BILLED_SEARCH = "billed-search"
BILLED_SHOWN = "billed-shown"
BILLED_TABLE = "billed-table"
BILLED_ORDER = "billed-order"
BILLED_COLUMNS = "billed-columns"
BILLED_COUNT = "billed-count"
BILLED_PAGE = "billed-page"
BILLED_PREVIOUS = "billed-previous"
BILLED_NEXT = "billed-next"
BILLS_SEARCH = "bills-search"
BILLS_STATE = "bills-state"
BILLS_TABLE = "bills-table"
BILLS_COUNT = "bills-count"
BILLS_PAGE = "bills-page"
BILLS_PREVIOUS = "bills-previous"
BILLS_NEXT = "bills-next"
BILLS_MONTH = "bills-month"
CLOSE_MONTH = "close-month"
CLOSE_ERROR = "close-error"
HOLD_REASON = "hold-reason"
HOLD_SAVE = "hold-save"
HOLD_RELEASE = "hold-release"
HOLD_ERROR = "hold-error"
DUPLICATES_ERROR = "duplicates-error"
INVOICES_SEARCH = "invoices-search"
INVOICES_STATE = "invoices-state"
INVOICES_TABLE = "invoices-table"
INVOICES_COUNT = "invoices-count"
INVOICES_PAGE = "invoices-page"
INVOICES_PREVIOUS = "invoices-previous"
INVOICES_NEXT = "invoices-next"
PAYMENT_AMOUNT = "payment-amount"
PAYMENT_DATE = "payment-date"
PAYMENT_METHOD = "payment-method"
PAYMENT_REFERENCE = "payment-reference"
PAYMENT_SAVE = "payment-save"
PAYMENT_ERROR = "payment-error"
DISPUTE_REASON = "dispute-reason"
DISPUTE_SAVE = "dispute-save"
DISPUTE_ERROR = "dispute-error"
GOODWILL_AMOUNT = "goodwill-amount"
GOODWILL_REASON = "goodwill-reason"
GOODWILL_SAVE = "goodwill-save"
GOODWILL_ERROR = "goodwill-error"
CORRECT_SAVE = "correct-save"
CORRECT_ERROR = "correct-error"
PRICE_AMOUNT = "price-amount"
PRICE_MONTH = "price-month"
PRICE_SAVE = "price-save"
PRICE_ERROR = "price-error"
CONTRACT_MODE = "contract-mode"
CONTRACT_BASIS = "contract-basis"
CONTRACT_DAYS = "contract-days"
CONTRACT_MINIMUM = "contract-minimum"
CONTRACT_MONTH = "contract-month"
CONTRACT_SAVE = "contract-save"
CONTRACT_TRY = "contract-try"
CONTRACT_TRIED = "contract-tried"
CONTRACT_ERROR = "contract-error"
TAX_PROVINCE = "tax-province"
TAX_EXEMPT = "tax-exempt"
TAX_REASON = "tax-reason"
TAX_MONTH = "tax-month"
TAX_SAVE = "tax-save"
TAX_ERROR = "tax-error"

SETTINGS_QUIET_STARTS = "settings-quiet-starts"
SETTINGS_QUIET_ENDS = "settings-quiet-ends"
SETTINGS_SHOWS_TEXT = "settings-shows-text"
SETTINGS_FORMAL = "settings-formal"
SETTINGS_SAVE = "settings-save"
SETTINGS_ERROR = "settings-error"


def duplicate(act: str, key: str, from_id: int | str = 0, into_id: int | str = 0) -> dict[str, int | str]:
    """A button of a suspicion: dismiss, or merge the first file into the second."""
    return {"type": f"duplicate-{act}", "key": key, "from": from_id, "into": into_id}


USAGE_SERVICE = "usage-service"
USAGE_FROM = "usage-from"
USAGE_TO = "usage-to"
USAGE_SHOW = "usage-show"
USAGE_PLACE = "usage-place"
USAGE_THEME = "usage-theme"


def usage_figure(name: str) -> dict[str, str]:
    """A chart as the server describes it; `usage_chart` and `usage_table`: where the page draws it."""
    return {"type": "usage-figure", "name": name}


def usage_table(name: str) -> dict[str, str]:
    return {"type": "usage-table", "name": name}


def usage_rows(name: str) -> dict[str, str]:
    """A table as the server describes it; `usage_list`: where the page draws it."""
    return {"type": "usage-rows", "name": name}


def usage_list(name: str) -> dict[str, str]:
    return {"type": "usage-list", "name": name}


def usage_chart(name: str) -> dict[str, str]:
    return {"type": "usage-chart", "name": name}
