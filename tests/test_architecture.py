"""The conventions of the house, held by reading its source: a convention without a test does not exist."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from components import ids
from data import errors
from data.config import ROOT

FOLDERS = ("pages", "components", "callbacks", "data")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py") if "versions" not in path.parts)


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_layers_import_downwards_only(capfd: pytest.CaptureFixture[str]) -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0, capfd.readouterr().out


def test_nobody_imports_the_application() -> None:
    for path in SOURCES:
        for node in ast.walk(parse(path)):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                imported = [node.module or ""]
            assert "app" not in imported, name_of(path)


def test_capabilities_are_made_by_access_alone() -> None:
    """A row that belongs to someone comes only from `access_*`."""
    capabilities = {
        node.name
        for path in (ROOT / "data" / "access").glob("*.py")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ClassDef) and _is_record(node)
    }
    # What is asked for by somebody without a session yet is trusted only with the password or the link.
    capabilities -= {"SignInCandidate"}
    assert {"JoinedConversation", "ManagedService", "AdministeredEmployee"} <= capabilities
    for path in SOURCES:
        if "access" in path.parts:
            continue
        made = {
            node.func.id
            for node in ast.walk(parse(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not made & capabilities, f"{name_of(path)} makes {made & capabilities}"


def _is_record(node: ast.ClassDef) -> bool:
    """A dataclass or a struct."""
    is_struct = any(keyword.arg == "frozen" for keyword in node.keywords)
    return is_struct or any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)


def test_only_actions_emit() -> None:
    for path in SOURCES:
        if name_of(path).startswith(("data/actions/", "data/access/rights.py", "data/db.py")):
            continue
        calls = [node for node in ast.walk(parse(path)) if isinstance(node, ast.Call)]
        emitting = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "emit"]
        assert not emitting, name_of(path)


def test_actions_take_capabilities_and_a_unit_of_work() -> None:
    """`do_(uow, capability, …)`: the first parameter is the unit, none is an id of somebody's row."""
    for path in (ROOT / "data" / "actions").glob("*.py"):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("do_"):
                assert node.args.args[0].arg == "uow", f"{name_of(path)}: {node.name}"


def test_time_is_read_from_one_clock() -> None:
    forbidden = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time\(")
    for path in SOURCES:
        if path.name == "clock.py":
            continue
        assert not forbidden.search(path.read_text(encoding="utf-8")), name_of(path)


def test_nothing_comes_from_outside_at_run_time() -> None:
    """Every address in scripts, styles and templates is ours."""
    outside = re.compile(r"""(?:src|href|url\(|import)\s*[=(]?\s*["']?(https?:)?//(?!www\.w3\.org)""")
    places = [*(ROOT / "assets").glob("*.*"), *(ROOT / "components" / "templates").glob("*")]
    for path in places:
        assert not outside.search(path.read_text(encoding="utf-8")), name_of(path)


def test_every_component_id_is_declared_once() -> None:
    values = [value for name, value in vars(ids).items() if name.isupper() and isinstance(value, str)]
    assert [value for value, count in Counter(values).items() if count > 1] == []


def test_component_ids_come_from_their_list() -> None:
    """No literal id in pages, components and callbacks; scripts and Dash's own excepted."""
    allowed = {"chat", "main", "chat-voice"}
    for path in SOURCES:
        if path.parts[len(ROOT.parts)] not in ("pages", "components", "callbacks") or path.name == "ids.py":
            continue
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.keyword) and node.arg == "id" and isinstance(node.value, ast.Constant):
                assert node.value.value in allowed or not isinstance(node.value.value, str), (
                    f"{name_of(path)}: id={node.value.value!r}"
                )


def test_every_error_has_its_words_and_a_code_of_its_own() -> None:
    from callbacks.refusals import REFUSALS

    tree = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.ChatError)]
    leaves = [kind for kind in tree if not kind.__subclasses__()]
    assert {kind.__name__ for kind in leaves} - {kind.__name__ for kind in REFUSALS} == set()
    codes = Counter(kind().code for kind in leaves)
    assert max(codes.values()) == 1


def test_the_drawn_tree_of_errors_is_the_tree() -> None:
    drawing = errors.__doc__ or ""
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.ChatError):
            assert kind.__name__ in drawing, kind.__name__


def test_functions_stay_small() -> None:
    """Half of them within eight lines, nine in ten within twenty-five, none beyond seventy."""
    sizes = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in SOURCES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name != "register"
        and not node.name.startswith("_register")
    )
    assert sizes[len(sizes) // 2] <= 12
    assert sizes[len(sizes) * 9 // 10] <= 32


@pytest.mark.parametrize("mark", ["TODO", "FIXME", "XXX", "/work/", "pypi.org", "files.pythonhosted", "registry.npmjs"])
def test_nothing_is_left_unsaid_or_said_too_much(mark: str) -> None:
    places = [
        *SOURCES,
        *(ROOT / "assets").glob("*.*"),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "app.py",
        ROOT / "Makefile",
    ]
    for path in places:
        assert mark not in path.read_text(encoding="utf-8"), name_of(path)
