"""A catalog of fakes: one of each kind, and what the tests need to see of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from awswhitelist.exceptions import (
    InvalidArgumentError,
    PolicyDeniedError,
    SecurityGroupNotFoundError,
)
from awswhitelist.mcp.catalog import Catalog
from awswhitelist.mcp.offers import (
    Offer,
    PromptArgument,
    PromptSpec,
    ResourceSpec,
    TemplateSpec,
)
from awswhitelist.mcp.uri_templates import UriTemplate

COLOURS = [f"blue {number:03d}" for number in range(150)] + ["Red", "reddish", "green", "Red"]


class Shelf:
    """What the fakes do. ``loads`` and ``typed`` say what they were asked."""

    def __init__(self) -> None:
        self.loads = 0
        self.settled: list[dict[str, str]] = []

    def load(self) -> Offer:
        self.loads += 1
        return Offer(self.prompts(), self.resources(), self.templates())

    def prompts(self) -> tuple[PromptSpec, ...]:
        paint = (
            PromptArgument("thing", "What to paint.", required=True),
            PromptArgument("colour", "Which colour.", complete=self.colours),
        )
        return (
            PromptSpec("paint", "Paint", "Has something painted.", paint, self.render),
            PromptSpec("wash", "Wash", "Has everything washed.", (), lambda _: "Please wash."),
        )

    def render(self, filled: Mapping[str, str]) -> str:
        if filled.get("colour") == "octarine":
            raise InvalidArgumentError("No such colour.", field="colour")
        return f"Please paint: {dict(filled)}"

    def colours(self, settled: Mapping[str, str], _ctx: Any) -> list[str]:
        self.settled.append(dict(settled))
        if settled.get("thing") == "the moon":
            raise PolicyDeniedError("The moon is not ours.", reasons=["things.deny"])
        return COLOURS

    def resources(self) -> tuple[ResourceSpec, ...]:
        def crash(_variables: Any, _ctx: Any) -> Any:
            raise RuntimeError("AKIASECRET in the text of a library")

        return (
            ResourceSpec("x://palette", "palette", "Palette", "All.", lambda *_: {"all": "blue"}),
            ResourceSpec("x://crash", "crash", "Crash", "Fails as it must not.", crash),
        )

    def templates(self) -> tuple[TemplateSpec, ...]:
        return (
            TemplateSpec(
                UriTemplate("x://{house}/walls/{wall}"),
                "wall",
                "Wall",
                "A wall of a house.",
                self.read,
                self.check,
                missing=(SecurityGroupNotFoundError,),
                ordered_by="wall",
                completers={"wall": self.colours},
            ),
        )

    def check(self, variables: Mapping[str, str]) -> None:
        if variables["house"] == "forbidden":
            raise PolicyDeniedError("That house is not ours.", reasons=["houses.deny"])
        if variables["house"] == "nowhere":
            raise SecurityGroupNotFoundError("nowhere")

    def read(self, variables: Mapping[str, str], _ctx: Any) -> Any:
        self.check(variables)
        return {"summary": "A wall.", **variables}


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def catalog(shelf: Shelf) -> Catalog:
    return Catalog(shelf.load)


@pytest.fixture
def wire(connect: Callable[..., Any], catalog: Catalog) -> Any:
    return connect(catalog=catalog)
