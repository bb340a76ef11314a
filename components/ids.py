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

# Conversations
CREATE_PUBLIC = "create-public"
TO_OPEN = "conversation-to-open"
OPENED = "conversation-opened"
PUBLIC_DIALOG = "public-dialog"
PUBLIC_NAME = "public-name"
PUBLIC_SERVICES = "public-services"
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
DIRECTORY_PAGE = "directory-page"
DIRECTORY_VERSION = "directory-version"
DIRECTORY_PREVIOUS = "directory-previous"
DIRECTORY_NEXT = "directory-next"
PERSON_DRAWER = "person-drawer"
PERSON_BODY = "person-body"
PERSON_ID = "person-id"


def person_button(person_id: int | str) -> dict[str, int | str]:
    return {"type": "person", "person": person_id}


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
PERSON_ERROR = "person-error"

# Services
SERVICES_LIST = "services-list"
SERVICES_VERSION = "services-version"
SERVICE_CODE = "service-code"
SERVICE_NAME = "service-name"
SERVICE_SAVE = "service-save"
SERVICE_DRAWER = "service-drawer"
SERVICE_BODY = "service-body"
SERVICE_ID = "service-id"
SERVICE_NEW_NAME = "service-new-name"
SERVICE_RENAME = "service-rename"
SERVICE_CLOSE_DATE = "service-close-date"
SERVICE_CLOSE = "service-close"
DEPARTMENT_NAME = "department-name"
DEPARTMENT_SAVE = "department-save"


def service_button(service_id: int | str) -> dict[str, int | str]:
    return {"type": "service", "service": service_id}


def department_close(department_id: int | str) -> dict[str, int | str]:
    return {"type": "department-close", "department": department_id}


# Groups
GROUPS_LIST = "groups-list"
GROUPS_VERSION = "groups-version"
GROUP_NEW = "group-new"
GROUP_DIALOG = "group-dialog-saved"
GROUP_ID = "group-id"
GROUP_NAME = "group-name-saved"
GROUP_SEARCH = "group-search-saved"
GROUP_PEOPLE = "group-people-saved"
GROUP_CHOSEN = "group-chosen-saved"
GROUP_CHOSEN_IDS = "group-chosen-ids-saved"
GROUP_SAVE = "group-save-saved"
GROUP_DELETE = "group-delete-saved"
GROUP_CANCEL = "group-cancel-saved"
GROUP_ERROR = "group-error-saved"


def group_button(group_id: int | str) -> dict[str, int | str]:
    return {"type": "saved-group", "group": group_id}


def group_chip(person_id: int | str) -> dict[str, int | str]:
    return {"type": "saved-group-chip", "person": person_id}


# Staff import
IMPORT_FILE = "import-file"
IMPORT_ORGANIZATION = "import-organization"
IMPORT_PREVIEW = "import-preview"
IMPORT_APPLY = "import-apply"
IMPORT_FORGET = "import-forget"

# Account
SESSIONS_LIST = "sessions-list"
PASSWORD_CURRENT = "password-current"
PASSWORD_NEW = "password-new"
PASSWORD_SAVE = "password-save"
PASSWORD_ERROR = "password-error"


def end_session(session_id: int | str) -> dict[str, int | str]:
    return {"type": "end-session", "session": session_id}


# Organizations
ORGANIZATIONS_SEARCH = "organizations-search"
ORGANIZATIONS_TABLE = "organizations-table"
