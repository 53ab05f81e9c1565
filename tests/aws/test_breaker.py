"""Circuit breakers: when they open, whom they let through, and what they never count."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from awswhitelist.aws.breaker import (
    MOST_BREAKERS,
    BreakerKey,
    BreakerPolicy,
    Breakers,
    BreakerState,
    CircuitBreaker,
)
from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.calls import CallContext, PlainContext
from awswhitelist.exceptions import (
    AwsError,
    BreakerOpenError,
    CallCancelledError,
    CredentialsError,
    PermissionMissingError,
    ThrottledError,
    UnavailableError,
)
from awswhitelist.models import AwsCredentials, AwsScope
from awswhitelist.parallel import run_side_by_side


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(BreakerPolicy(failures=3, window=30, looks=8, cooldown=10, clock=clock))


def call(breaker: CircuitBreaker, error: BaseException | None = None) -> None:
    """One call that ends so."""
    try:
        with breaker.passage():
            if error is not None:
                raise error
    except BaseException as raised:
        if raised is not error:
            raise


def trip(breaker: CircuitBreaker) -> None:
    for _ in range(3):
        call(breaker, UnavailableError("x"))


@pytest.mark.parametrize("error", [UnavailableError("x"), ThrottledError("x")])
def test_outages_and_throttling_open_it(breaker: CircuitBreaker, error: AwsError) -> None:
    for _ in range(2):
        call(breaker, error)
    assert breaker.state() is BreakerState.CLOSED
    call(breaker, error)
    assert breaker.state() is BreakerState.OPEN
    with pytest.raises(BreakerOpenError) as raised:
        call(breaker)
    assert raised.value.retry_after == 10.0


@pytest.mark.parametrize(
    "error",
    [
        PermissionMissingError("x", aws_code="AccessDenied"),
        AwsError("x", aws_code="InvalidParameterValue"),
        CredentialsError("x"),
        CallCancelledError(),
        KeyError("x"),
    ],
)
def test_what_is_no_failure_of_the_service_never_opens_it(
    breaker: CircuitBreaker, error: Exception
) -> None:
    for _ in range(50):
        call(breaker, error)
    assert breaker.state() is BreakerState.CLOSED


def test_a_few_failures_among_many_answers_do_not_open_it(breaker: CircuitBreaker) -> None:
    for _ in range(20):
        call(breaker)
        call(breaker)
        call(breaker, ThrottledError("x"))
    assert breaker.state() is BreakerState.CLOSED


def test_failures_long_ago_do_not_count(breaker: CircuitBreaker, clock: Clock) -> None:
    for _ in range(10):
        call(breaker, UnavailableError("x"))
        clock.now += 20
    assert breaker.state() is BreakerState.CLOSED


def test_after_the_cooldown_one_call_is_let_through_and_its_answer_closes_it(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    trip(breaker)
    clock.now += 10
    assert breaker.state() is BreakerState.HALF_OPEN
    with breaker.passage():
        with pytest.raises(BreakerOpenError) as raised:
            call(breaker)
        assert raised.value.retry_after == 1.0
    assert breaker.state() is BreakerState.CLOSED
    call(breaker, UnavailableError("x"))
    assert breaker.state() is BreakerState.CLOSED


def test_a_probe_that_fails_opens_it_for_twice_as_long_up_to_the_longest(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    trip(breaker)
    waits = []
    clock.now += 10
    for _ in range(4):
        call(breaker, ThrottledError("x"))
        with pytest.raises(BreakerOpenError) as raised:
            call(breaker)
        waits.append(raised.value.retry_after)
        clock.now += waits[-1] or 0
    assert waits == [20.0, 40.0, 60.0, 60.0]
    call(breaker)
    trip(breaker)
    with pytest.raises(BreakerOpenError) as raised:
        call(breaker)
    assert raised.value.retry_after == 10.0


@pytest.mark.parametrize("error", [CallCancelledError(), CredentialsError("x"), KeyError("x")])
def test_a_probe_that_learns_nothing_makes_room_for_another(
    breaker: CircuitBreaker, clock: Clock, error: Exception
) -> None:
    trip(breaker)
    clock.now += 10
    call(breaker, error)
    assert breaker.state() is BreakerState.HALF_OPEN
    call(breaker, PermissionMissingError("x", aws_code="AccessDenied"))
    assert breaker.state() is BreakerState.CLOSED


def test_calls_from_before_it_opened_change_nothing(breaker: CircuitBreaker) -> None:
    with breaker.passage():
        trip(breaker)
    assert breaker.state() is BreakerState.OPEN


def test_calls_from_before_it_opened_do_not_open_it_again_once_it_is_closed(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    def straggle(left: int) -> None:
        """So many calls that begin while all is well, and fail when all is well again."""
        if left:
            with pytest.raises(UnavailableError), breaker.passage():
                straggle(left - 1)
                raise UnavailableError("Late.")
            return
        trip(breaker)
        clock.now += 10
        call(breaker)

    straggle(3)
    assert breaker.state() is BreakerState.CLOSED


def test_calls_go_side_by_side(breaker: CircuitBreaker) -> None:
    inside = threading.Barrier(8, timeout=10)

    def enter() -> None:
        with breaker.passage():
            inside.wait()  # passes only when all eight are within

    run_side_by_side(*[enter] * 8)
    assert breaker.state() is BreakerState.CLOSED


def test_of_many_callers_one_is_the_probe(breaker: CircuitBreaker, clock: Clock) -> None:
    trip(breaker)
    clock.now += 10
    start, done = threading.Barrier(8, timeout=10), threading.Barrier(8, timeout=10)

    def enter() -> bool:
        start.wait()
        try:
            with breaker.passage():
                done.wait()
            return True
        except BreakerOpenError:
            done.wait()
            return False

    assert sum(run_side_by_side(*[enter] * 8)) == 1


def test_each_account_region_and_service_has_a_breaker_of_its_own() -> None:
    breakers = Breakers(BreakerPolicy(failures=1))
    keys = [
        BreakerKey(whose, region, service)
        for whose in ("111111111111", "222222222222")
        for region in ("eu-west-1", "eu-west-2")
        for service in ("ec2", "sts")
    ]
    call(breakers.of(keys[0]), UnavailableError("x"))
    states = {key: breakers.of(key).state() for key in keys}
    assert breakers.states() == states
    assert [key for key in keys if states[key] is BreakerState.OPEN] == keys[:1]


def test_a_call_that_is_held_back_is_not_made_and_not_waited_for(
    breaker: CircuitBreaker, ctx: CallContext
) -> None:
    trip(breaker)
    slept: list[float] = []
    policy = RetryPolicy(sleep=slept.append).guarded(lambda _service: breaker.passage())
    with pytest.raises(BreakerOpenError):
        policy.run(lambda: pytest.fail("was called"), ctx)
    assert slept == []


def test_where_it_opens_between_two_attempts_the_first_ones_failure_is_told(
    breaker: CircuitBreaker, ctx: CallContext
) -> None:
    lost, attempts, slept = UnavailableError("the answer was lost"), list[int](), list[float]()

    def write() -> None:
        attempts.append(1)
        trip(breaker)
        raise lost

    policy = RetryPolicy(sleep=slept.append).guarded(lambda _service: breaker.passage())
    with pytest.raises(UnavailableError) as raised:
        policy.run(write, ctx)
    assert raised.value is lost
    assert (len(attempts), len(slept)) == (1, 1)


def refusing(client: Any) -> None:
    """Make the network of a client fail."""
    from botocore.exceptions import ConnectTimeoutError

    def lose(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="x")

    client.meta.events.register_first("before-send", lose)


@pytest.mark.parametrize(
    ("profile", "keys", "whose"),
    [
        (None, None, "standard credentials"),
        ("dev", None, "profile dev"),
        (
            None,
            AwsCredentials.model_validate({"access_key_id": "A", "secret_access_key": "s"}),
            "credentials of a call (559aead0)",
        ),
    ],
)
def test_a_service_that_cannot_be_reached_opens_the_breaker_of_its_scope(
    profile: str | None, keys: AwsCredentials | None, whose: str
) -> None:
    factory = AwsClientFactory()
    door = AwsGateway(
        factory,
        RetryPolicy(attempts=1),
        default_profile=None,
        default_region=lambda _profile: None,
        breakers=Breakers(BreakerPolicy(failures=2)),
    )
    scope = AwsScope(profile=profile, region="eu-west-1", credentials=keys)
    refusing(factory.client("sts", scope))
    errors = []
    for _ in range(3):
        with pytest.raises(AwsError) as raised:
            door.caller(scope, PlainContext("r-1"))
        errors.append(type(raised.value))
    assert errors == [UnavailableError, UnavailableError, BreakerOpenError]
    assert door.breakers() == {BreakerKey(whose, "eu-west-1", "sts"): BreakerState.OPEN}


def test_failing_keys_of_one_call_hold_no_other_call_back() -> None:
    factory = AwsClientFactory()
    door = AwsGateway(
        factory,
        RetryPolicy(attempts=1),
        default_profile=None,
        default_region=lambda _profile: None,
        breakers=Breakers(BreakerPolicy(failures=1)),
    )
    for number in range(3):
        keys = {"access_key_id": f"A{number}", "secret_access_key": "s"}
        scope = AwsScope(
            profile=None, region="eu-west-1", credentials=AwsCredentials.model_validate(keys)
        )
        refusing(factory.client("sts", scope))
        with pytest.raises(UnavailableError):
            door.caller(scope, PlainContext("r-1"))
    assert len(door.breakers()) == 3
    assert not any(f"A{number}" in key.whose for key in door.breakers() for number in range(3))


def test_breakers_do_not_grow_in_number_without_end() -> None:
    breakers = Breakers(BreakerPolicy(failures=3))
    opened = BreakerKey("a", "eu-west-1", "ec2")
    trip(breakers.of(opened))
    for number in range(3 * MOST_BREAKERS):
        breakers.of(BreakerKey("a", f"region-{number}", "ec2"))
    assert len(breakers.states()) <= MOST_BREAKERS
    assert breakers.states()[opened] is BreakerState.OPEN, "what is open is not forgotten first"
