"""``notifications/progress``: for those who want it, before the answer."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.requirement("PROG-3", "PROG-4", "PROG-7", "RPC-11")
@pytest.mark.parametrize("era", ["legacy", "modern"])
@pytest.mark.parametrize("token", ["mine", 7])
def test_progress_comes_before_the_answer_under_the_clients_token(
    serve: Any, messages: Any, modern_call: Any, era: str, token: Any
) -> None:
    wire = serve()
    request = messages.call(1, "count") if era == "legacy" else modern_call(1, "count")
    request["params"].setdefault("_meta", {})["progressToken"] = token
    wire.send(request)
    lines = wire.finish()
    assert [each["method"] for each in lines[:-1]] == ["notifications/progress"]
    first = {"progressToken": token, "progress": 1, "total": 3, "message": "step 1"}
    assert lines[0]["params"] == first, "the others came within a tenth of a second"
    assert lines[-1]["id"] == 1


@pytest.mark.requirement("PROG-4")
def test_who_gives_no_token_hears_nothing(serve: Any, messages: Any) -> None:
    wire = serve()
    wire.send(messages.call(1, "count"))
    assert [each.get("id") for each in wire.finish()] == [1]
