"""The tables. Classes declare them; queries and actions use the plural names below (SQLAlchemy Core)."""

from typing import cast

from sqlalchemy import Table
from sqlmodel import SQLModel

from data.models.audit import AuditEntry
from data.models.billing import (
    Closing,
    ContractChange,
    DisputeChange,
    Document,
    DocumentCounter,
    DuplicateDismissal,
    HoldChange,
    OptionVoid,
    Payment,
    PersonMerge,
    PriceChange,
    TaxProfileChange,
    TaxRateChange,
)
from data.models.conversations import AddedPerson, ChatImport, Conversation, Message, Participant
from data.models.organizations import Department, OptionChange, Organization, Service
from data.models.outbox import OutboxEntry
from data.models.people import (
    Account,
    Assignment,
    Employee,
    EmployeeGroup,
    EmployeeGroupMember,
    EmploymentChange,
    Person,
    ServiceRight,
    VendorStaff,
)
from data.models.processes import JobRun, Process
from data.models.push import OwnQuietHours, PushDevice, PushKey, PushNotice
from data.models.sessions import AccessLink, AppOpening, Session, SignInFailure, SignInPlace
from data.models.timeline import Timeline
from data.models.usage import UsageConversation, UsageCount, UsageDeeds, UsageMark, UsageSpells, UsageWait, View


def _table(model: type[SQLModel]) -> Table:
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


organizations = _table(Organization)
services = _table(Service)
departments = _table(Department)
option_changes = _table(OptionChange)
accounts = _table(Account)
vendor_staff = _table(VendorStaff)
people = _table(Person)
employees = _table(Employee)
employment_changes = _table(EmploymentChange)
assignments = _table(Assignment)
service_rights = _table(ServiceRight)
employee_groups = _table(EmployeeGroup)
employee_group_members = _table(EmployeeGroupMember)
sessions = _table(Session)
access_links = _table(AccessLink)
app_openings = _table(AppOpening)
sign_in_failures = _table(SignInFailure)
sign_in_places = _table(SignInPlace)
conversations = _table(Conversation)
participants = _table(Participant)
messages = _table(Message)
added_people = _table(AddedPerson)
chat_imports = _table(ChatImport)
outbox = _table(OutboxEntry)
processes = _table(Process)
job_runs = _table(JobRun)
audit_entries = _table(AuditEntry)
option_voids = _table(OptionVoid)
person_merges = _table(PersonMerge)
duplicate_dismissals = _table(DuplicateDismissal)
price_changes = _table(PriceChange)
contract_changes = _table(ContractChange)
tax_rate_changes = _table(TaxRateChange)
tax_profile_changes = _table(TaxProfileChange)
closings = _table(Closing)
documents = _table(Document)
document_counters = _table(DocumentCounter)
payments = _table(Payment)
dispute_changes = _table(DisputeChange)
hold_changes = _table(HoldChange)
views = _table(View)
usage_counts = _table(UsageCount)
usage_waits = _table(UsageWait)
usage_deeds = _table(UsageDeeds)
usage_conversations = _table(UsageConversation)
usage_spells = _table(UsageSpells)
usage_marks = _table(UsageMark)
push_devices = _table(PushDevice)
push_notices = _table(PushNotice)
own_quiet_hours = _table(OwnQuietHours)
push_keys = _table(PushKey)
timelines = _table(Timeline)

metadata = SQLModel.metadata

# Facts that nobody may change or take away; the migrations hold the databases to it.
APPEND_ONLY = (
    "option_changes",
    "employment_changes",
    "app_openings",
    "audit_entries",
    "option_voids",
    "person_merges",
    "duplicate_dismissals",
    "price_changes",
    "contract_changes",
    "tax_rate_changes",
    "tax_profile_changes",
    "closings",
    "documents",
    "payments",
    "dispute_changes",
    "hold_changes",
)
