"""The connector protocol."""

from __future__ import annotations

import ast
import inspect
import types

from crmbridge.connector import account, protocol, writing
from crmbridge.connector import reading as read
from crmbridge.errors import FixCredential, FixRequest, GrantScope, NotSupported, RecordMissing, RetryLater
from docpages.writing import first_line, page, prose, signature, table

RAISED = (RetryLater, FixCredential, GrantScope, FixRequest, RecordMissing, NotSupported)
VALUES = tuple(
    value
    for module in (account, read, writing)
    for value in vars(module).values()
    if isinstance(value, type) and value.__module__ == module.__name__
)


def connector_page() -> str:
    """Every method of the protocol, and what it is given and returns."""
    return page(
        "The connector protocol",
        "For authors of a connector: what `crmbridge.connector.Connector` asks of a platform. Subclass "
        "`ConnectorDefaults`, which refuses every optional method, write what the platform can, say so in "
        "`capabilities`, and run `crmbridge.testing.ConnectorContract` against it; "
        "[contract tests](../../tests/contract/test_memory.py) show how.",
        prose(inspect.getdoc(protocol.Connector) or ""),
        table(("error", "when to raise it"), ((f"`{error.__name__}`", first_line(error)) for error in RAISED)),
        "A batch in which some rows fail is no error: each row has its outcome. An exception means that nothing of "
        "the batch was written, or, for `RetryLater`, that nobody knows: whoever called reads back first. Methods that "
        "take any number may have done a part of it by then; calling those again is harmless.",
        *(_method(node) for node in _methods(protocol, "Connector")),
        "## What is given and returned",
        *(_value(value) for value in VALUES),
    )


def _methods(module: types.ModuleType, name: str) -> list[ast.FunctionDef]:
    body = ast.parse(inspect.getsource(getattr(module, name))).body[0]
    assert isinstance(body, ast.ClassDef)
    return [node for node in body.body if isinstance(node, ast.FunctionDef)]


def _method(node: ast.FunctionDef) -> str:
    decorated = "@property\n" if node.decorator_list else ""
    return f"## {node.name}\n\n```python\n{decorated}{signature(node)}\n```\n\n{prose(ast.get_docstring(node) or '')}"


def _value(value: type) -> str:
    return f"### {value.__name__}\n\n{prose(inspect.getdoc(value) or '')}"
