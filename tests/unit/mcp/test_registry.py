"""The registry: built late, once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from awswhitelist.mcp.registry import ToolHints, ToolRegistry, ToolResult, ToolSpec


def spec(name: str, built: list[str]) -> ToolSpec:
    def schema() -> dict[str, Any]:
        built.append(name)
        return {"type": "object"}

    return ToolSpec(
        name=name,
        title=name,
        description="",
        hints=ToolHints(read_only=True, destructive=False, idempotent=True, open_world=False),
        input_schema=schema,
        output_schema=schema,
        call=lambda arguments, context: ToolResult({"summary": ""}, ""),
    )


def test_tools_are_loaded_at_the_first_use_and_once() -> None:
    loads: list[int] = []

    def load() -> Iterable[ToolSpec]:
        loads.append(1)
        return [spec("b", []), spec("a", [])]

    registry = ToolRegistry(load)
    assert loads == []
    assert [each.name for each in registry.all()] == ["b", "a"]
    assert (registry.get("a"), registry.get("c")) == (registry.all()[1], None)
    assert loads == [1]


def test_schemas_are_built_at_the_first_listing_and_once() -> None:
    built: list[str] = []
    registry = ToolRegistry(lambda: [spec("a", built)])
    registry.get("a")
    assert built == []
    assert registry.listing() is registry.listing()
    assert built == ["a", "a"]


def test_a_load_that_failed_is_tried_again() -> None:
    outcomes: list[Any] = [ImportError("not yet"), [spec("a", [])]]

    def load() -> Iterable[ToolSpec]:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return list(outcome)

    registry = ToolRegistry(load)
    with pytest.raises(ImportError):
        registry.all()
    assert [each.name for each in registry.all()] == ["a"]
