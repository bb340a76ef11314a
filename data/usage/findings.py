"""What the sentence at the top of the page is made of: what changed most, and who is left out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from data.usage.report import Figure, FigureKey, Finding, FindingKind, SilentService

# From how much on a change is worth a word: points of a rate, or a share of the figure before.
WORTH = 0.05
ENOUGH = 10  # messages, or people: of fewer a change says nothing

_CHANGES: Mapping[FigureKey, tuple[FindingKind, FindingKind]] = {
    "reading_24h": ("reading_up", "reading_down"),
    "active_28": ("active_up", "active_down"),
    "messages": ("messages_up", "messages_down"),
}


def list_findings(
    figures: Mapping[FigureKey, Figure], silent: Sequence[SilentService], without_app: int
) -> tuple[Finding, ...]:
    """The weightiest first: what changed, who is silent, who is left out."""
    findings = [*_list_changes(figures), *_list_silences(silent)]
    if without_app:
        findings.append(Finding("without_app", "equipped", count=without_app))
    return tuple(findings)


def _list_changes(figures: Mapping[FigureKey, Figure]) -> list[Finding]:
    if _is_empty(figures["public_messages"]) and _is_empty(figures["messages"]):
        return [Finding("empty", "messages")]
    found = sorted(
        (finding for key in _CHANGES if (finding := _describe(figures[key]))), key=lambda each: -_weigh(each)
    )
    return found or [Finding("steady")]


def _is_empty(figure: Figure) -> bool:
    return figure.now.amount is None or not figure.now.amount.value


def _describe(figure: Figure) -> Finding | None:
    """A change that is worth a word; of amounts that are not exact, one that is more than what is unknown of them."""
    now, before = figure.now.amount, figure.before.amount
    if now is None or before is None:
        return None
    unknown = (now.high - now.low + before.high - before.low) / 4
    if abs(now.value - before.value) <= unknown:
        return None
    if figure.unit != "rate" and max(now.value, before.value) < ENOUGH:
        return None
    finding = Finding(_CHANGES[figure.key][now.value < before.value], figure.key, figure.change, figure.growth)
    return finding if _weigh(finding) >= WORTH else None


def _weigh(finding: Finding) -> float:
    """Points of a rate weigh as they are, other changes by their share."""
    share = finding.change if finding.figure == "reading_24h" else finding.growth
    return abs(1.0 if share is None else share)


def _list_silences(silent: Sequence[SilentService]) -> list[Finding]:
    """One by name; several by their number, the longest silent named."""
    if not silent:
        return []
    longest = max(silent, key=lambda each: (each.days is not None, each.days or 0))
    named = Finding(
        "service_silent", service=longest.service, count=longest.days, conversation_id=longest.conversation_id
    )
    return [named, Finding("services_silent", count=len(silent))] if len(silent) > 1 else [named]
