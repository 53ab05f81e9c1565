"""Subscriptions without a wire: what threads may do to them."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from awswhitelist.exceptions import OverloadedError
from awswhitelist.mcp.events import SUBSCRIPTION_KEY, Subscriptions


@pytest.fixture
def sent() -> list[Any]:
    return []


@pytest.fixture
def subscriptions(sent: list[Any]) -> Subscriptions:
    made = Subscriptions(limit=3)
    made.attach(lambda message: sent.append(json.loads(message)))
    return made


def test_nothing_is_sent_after_the_end(subscriptions: Subscriptions, sent: list[Any]) -> None:
    subscriptions.listen(1, {"x": "x"})
    subscriptions.subscribe("x", "x")
    subscriptions.close({"a": 1})
    assert sent[-1]["result"]["_meta"] == {"a": 1, SUBSCRIPTION_KEY: 1}
    count = len(sent)
    subscriptions.publish("x")
    subscriptions.close({})
    assert len(sent) == count


def test_a_late_cancellation_does_not_end_the_stream_that_has_the_id_now(
    subscriptions: Subscriptions, sent: list[Any]
) -> None:
    first = subscriptions.listen(1, {"x": "x"})
    first.cancel()
    assert first.cancelled()
    second = subscriptions.listen(1, {"x": "x"})
    first.cancel()
    assert not second.cancelled()
    subscriptions.publish("x")
    assert sent[-1]["params"]["uri"] == "x"


def test_an_id_that_json_cannot_hold_as_utf8_comes_back(
    subscriptions: Subscriptions, sent: list[Any]
) -> None:
    subscriptions.listen("\ud800", {})
    assert sent[0]["params"]["_meta"] == {SUBSCRIPTION_KEY: "\ud800"}


def test_an_empty_stream_takes_a_place_too(subscriptions: Subscriptions) -> None:
    for number in range(3):
        subscriptions.listen(number, {})
    with pytest.raises(OverloadedError):
        subscriptions.listen(3, {})
    with pytest.raises(OverloadedError):
        subscriptions.subscribe("x", "x")


@pytest.mark.requirement("SUB-2")
def test_no_notification_comes_before_the_acknowledgement_whoever_publishes(
    sent: list[Any],
) -> None:
    subscriptions = Subscriptions()
    entered, publishing = threading.Event(), threading.Event()

    def send(message: bytes) -> None:
        if b"acknowledged" in message:
            entered.set()
            assert publishing.wait(10)
        sent.append(json.loads(message)["method"])

    def publish() -> None:
        assert entered.wait(10)
        publishing.set()
        subscriptions.publish("x")

    subscriptions.attach(send)
    other = threading.Thread(target=publish)
    other.start()
    subscriptions.listen(1, {"x": "x"})
    other.join(10)
    assert sent == [
        "notifications/subscriptions/acknowledged",
        "notifications/resources/updated",
    ]
