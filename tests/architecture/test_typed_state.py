"""Raw database documents stay in the stores: everything above them works on typed state (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from shared.runtime.mongo import Documents
from tests.support.sources import nodes_of

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    path.relative_to(ROOT).as_posix() for top in ("services", "shared", "deploy") for path in (ROOT / top).rglob("*.py")
)

RAW_DOCUMENTS = {
    "services/*/store.py": "a store converts documents from and to state",
    "services/notify/notice_store.py": "a store",
    "services/notify/sitting_store.py": "a store",
    "services/*/stored_documents.py": "the conversions of a store, in a module of their own",
    "services/council/stored_results.py": "the conversions of a store, in a module of their own",
    "services/council/look_store.py": "a store",
    "services/council/desk_store.py": "a store",
    "services/council/kept_documents.py": "keeps what a store's conversion made of a document at its revision",
    "services/council/newer_rows.py": "a write that two stores share",
    "services/*/derived_state.py": "compares and repairs the documents of two databases",
    "shared/runtime/derived_state.py": "compares and repairs the documents of two databases",
    "deploy/maintenance/rebuild.py": "compares and repairs the documents of two databases",
    "deploy/maintenance/dead_letters.py": "the operator's store of dead letters",
    "shared/runtime/mongo.py": "the one import of the driver",
    "shared/runtime/new_documents.py": "gives documents their first revision",
    "shared/runtime/publishing.py": "pairs a collection with the function that reads its documents",
    "shared/runtime/outbox.py": "hands documents to their store's conversion, and reads only the revision and ids",
    "shared/runtime/handover.py": "carries documents from a store to the outbox unread",
    "shared/runtime/references.py": "the store of plans and registers",
    "shared/runtime/audit/*.py": "the chain's hashes are over entries exactly as they are stored",
    "shared/runtime/dead_letters/state.py": "a dead letter is kept byte for byte, with the fields any release gave it",
    "shared/runtime/dead_letters/store.py": "the store of dead letters",
}
"""Modules that may hold raw documents, each with the reason."""

OTHER_OBJECTS = {"shared/runtime/http/*.py": "FastAPI asks for dict[str, Any] as a part of an OpenAPI document"}

COLLECTIONS = RAW_DOCUMENTS | {
    "services/intake/access/key_store.py": "a store",
    "shared/runtime/http/sign_in/ended.py": "the store of ended sign-ins",
    "shared/runtime/ticker.py": "stores the instant up to which the timed work is done",
    "shared/runtime/kafka/broker_identity.py": "stores which broker everything was published to",
    "shared/runtime/dead_letters/limiter.py": "stores how many dead letters an operator has allowed",
    "shared/runtime/maintenance_notes.py": "stores when operators' tasks were last done",
    "shared/runtime/app.py": "gives each of the runtime's stores its collection",
    "deploy/backup/*.py": "a backup copies documents without reading them",
}
"""Modules that may use a collection, each with the reason."""

_MAPPINGS = {"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"}
_DRIVER_METHODS = {
    *("find_one", "insert_one", "insert_many", "update_one", "update_many", "replace_one", "bulk_write"),
    *("delete_one", "delete_many", "count_documents", "list_collection_names", "drop_database", "_collection"),
}
_METHODS = {name for name in vars(Documents) if not name.startswith("_")}


def allowed(module: str, reasons: dict[str, str]) -> bool:
    return any(fnmatch(module, pattern) for pattern in reasons)


def parsed(source: str) -> tuple[ast.AST, ...]:
    """Every node of a source text."""
    return (*ast.walk(ast.parse(source)),)


def raw_annotations(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The places where a mapping has values of type Any, or says nothing about its values."""
    for node in nodes:
        if isinstance(node, ast.Subscript) and _name(node.value) in _MAPPINGS:
            values = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice
            if _name(values) == "Any":
                yield f"line {node.lineno}: {ast.unparse(node)}"
        for annotation in _annotations(node):
            for part in _types(annotation):
                if _name(part) in _MAPPINGS:
                    yield f"line {part.lineno}: {ast.unparse(annotation)}"


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=ast.expr() as annotation):
            yield annotation
        case ast.FunctionDef(returns=ast.expr() as returns) | ast.AsyncFunctionDef(returns=ast.expr() as returns):
            yield returns
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript() as alias) if name[:1].isupper():
            yield alias


def _types(annotation: ast.expr) -> Iterator[ast.expr]:
    """The types in an annotation, each without its parameters where it has any."""
    match annotation:
        case ast.Subscript(value=ast.Name(id="Literal")):
            return
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[annotated, *_])):
            yield from _types(annotated)
        case ast.Subscript(slice=parameters):
            yield from _types(parameters)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _types(part)
        case ast.BinOp(left=left, right=right):
            yield from _types(left)
            yield from _types(right)
        case ast.Constant(value=str() as text):
            yield from _types(ast.parse(text, mode="eval").body)
        case _:
            yield annotation


def imported(nodes: Iterable[ast.AST], module: str) -> set[str]:
    """The names imported from a module."""
    imports = (node for node in nodes if isinstance(node, ast.ImportFrom))
    return {alias.name for node in imports if node.module == module for alias in node.names}


def collections_used(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The places where a collection is asked for, or a method of the driver is used."""
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in _DRIVER_METHODS:
            yield f"line {node.lineno}: {node.attr}"
        match node:
            case ast.Call(func=ast.Attribute(attr="documents"), args=[_]):
                yield f"line {node.lineno}: {ast.unparse(node)}"
            case ast.Attribute(value=ast.Attribute(attr="documents" | "_documents"), attr=method) if method in _METHODS:
                yield f"line {node.lineno}: {ast.unparse(node)}"


def test_no_module_above_a_store_has_a_mapping_of_anything() -> None:
    """State is a dataclass, struct or model; JSON of any shape is ``JsonObject``."""
    modules = [module for module in MODULES if not allowed(module, RAW_DOCUMENTS | OTHER_OBJECTS)]
    assert len(modules) > 200
    wrong: list[str] = []
    for module in modules:
        nodes = nodes_of(ROOT / module)
        raw = {*raw_annotations(nodes)}
        raw |= imported(nodes, "shared.runtime.mongo") & {"Document"}
        raw |= imported(nodes, "shared.runtime.derived_state") & {"Facts"}
        wrong += [f"{module}: {place}" for place in sorted(raw)]
    assert not wrong, "\n".join(wrong)


def test_no_module_above_a_store_touches_a_collection() -> None:
    """Routes, handlers and publishers ask a store for things."""
    modules = [module for module in MODULES if not allowed(module, COLLECTIONS)]
    assert len(modules) > 200
    wrong: list[str] = []
    for module in modules:
        nodes = nodes_of(ROOT / module)
        used = {*collections_used(nodes)} | imported(nodes, "shared.runtime.mongo") & {"Documents"}
        wrong += [f"{module}: {place}" for place in sorted(used)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("pattern", [*COLLECTIONS, *OTHER_OBJECTS])
def test_every_exception_is_needed(pattern: str) -> None:
    """A pattern that no raw document needs any more is removed."""
    assert any(
        [*raw_annotations(nodes), *collections_used(nodes), *imported(nodes, "shared.runtime.mongo")]
        for nodes in (nodes_of(ROOT / module) for module in MODULES if fnmatch(module, pattern))
    )


@pytest.mark.parametrize(
    "source",
    [
        "doc: dict[str, Any] = {}",
        "def f(doc: Mapping[str, typing.Any]) -> None: ...",
        "def f() -> dict: ...",
        "rows: list[dict] = []",
        "rows: 'list[dict] | None' = None",
        "Document = dict[str, Any]",
        "async def f(*, doc: Dict | None = None) -> None: ...",
        "made = list[dict[str, Any]]()",
        "Rows = Sequence[dict]",
    ],
)
def test_a_raw_document_is_found_in_any_form(source: str) -> None:
    """The check finds aliases, annotations in quotes, arguments and results."""
    assert list(raw_annotations(parsed(source)))


@pytest.mark.parametrize(
    "source",
    [
        "by_id: dict[str, Plan] = {}",
        "pages: dict[str, list[Any]] = {}",
        "def f(body: JsonObject) -> Mapping[str, object]: ...",
        "numbers = dict(pairs)",
    ],
)
def test_a_typed_mapping_is_no_raw_document(source: str) -> None:
    """The check gives no false alarm."""
    assert list(raw_annotations(parsed(source))) == []


@pytest.mark.parametrize(
    "source",
    ["await store.documents.find()", "database.documents('heard')", "self._documents.get(x)", "c.find_one({})"],
)
def test_a_collection_is_found_in_any_form(source: str) -> None:
    """The check finds every use."""
    assert list(collections_used(parsed(source)))
