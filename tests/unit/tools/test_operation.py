"""The rows of the table of operations: each leads to its handler and models, loaded when needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from awswhitelist.mcp.registry import ToolHints
from awswhitelist.tools.arguments import Arguments
from awswhitelist.tools.get_my_ip import GetMyIpHandler, GetMyIpRequest, GetMyIpResponse
from awswhitelist.tools.operation import Handler, Operation
from awswhitelist.tools.results import OperationResult
from awswhitelist.tools.table import OPERATIONS

HINTS = ToolHints(read_only=True, destructive=False, idempotent=True, open_world=False)

LOADED = """
import sys
from awswhitelist.tools.table import OPERATIONS
modules = {operation.served_by.partition(":")[0] for operation in OPERATIONS}
loaded = lambda: sorted(name for name in modules if f"awswhitelist.tools.{name}" in sys.modules)
print(loaded())
next(each for each in OPERATIONS if each.name == "get_my_ip").request_model
print(loaded())
"""


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_row_leads_to_a_handler_and_its_models(operation: Operation) -> None:
    assert issubclass(operation.handler, Handler)
    assert issubclass(operation.request_model, Arguments)
    assert issubclass(operation.result_model, OperationResult)
    assert (
        operation.ordered_by is None or operation.ordered_by in operation.request_model.model_fields
    )


def test_the_models_are_those_that_the_handler_names() -> None:
    row = Operation("x", "X", "Xs.", HINTS, "get_my_ip:GetMyIpHandler")
    assert row.handler is GetMyIpHandler
    assert (row.request_model, row.result_model) == (GetMyIpRequest, GetMyIpResponse)


@pytest.mark.parametrize("name", ["get_my_ip:GetMyIpRequest", "table:OPERATIONS"])
def test_a_row_that_names_no_handler_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match="no handler"):
        _ = Operation("x", "X", "Xs.", HINTS, name).handler


def test_no_operation_is_loaded_before_it_is_looked_into() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "['get_my_ip']"]
