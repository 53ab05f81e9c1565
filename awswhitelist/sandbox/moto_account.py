"""moto's memory of one AWS account, asked through botocore and kept apart from all else.

moto is never "started": nothing is patched, and other botocore clients of the process stay as
they are. Instead the clients made here hand each request to moto in place of sending it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.backends import get_backend
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber
from moto.moto_api._internal import mock_random

from awswhitelist.sandbox.answers import Answer, Params, Refusal
from awswhitelist.sandbox.offline_session import offline_session
from awswhitelist.sandbox.process import TURN

ACCOUNT = "111122223333"
"""An account id of AWS's own examples, and not moto's default: tests with moto do not meet us."""

_ACCOUNT_HEADER = "x-moto-account-id"
_CONFIG = Config(retries={"total_max_attempts": 1})
_memories_of = cast(Callable[[str], dict[str, Any]], get_backend)
"""moto's memory of a service, by account id (moto's own overloads want a literal)."""


class MotoAccount:
    """Call its methods only inside :meth:`turn`."""

    def __init__(self) -> None:
        self._session = offline_session()
        emitter = self._session.get_component("event_emitter")
        emitter.register_first("before-send", answered_by(botocore_stubber.process_request))
        self._clients: dict[tuple[str, str], Any] = {}
        self._memory: dict[str, Any] = {}

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the process's lock on moto, with this account's memory in moto's globals."""
        with TURN:
            for service, memory in self._memory.items():
                _memories_of(service)[ACCOUNT] = memory
            try:
                yield
            finally:
                for service in self._memory:
                    _memories_of(service).pop(ACCOUNT, None)

    def open(self, service: str) -> bool:
        """Load a service of moto with an empty memory; False if it is open already."""
        if service in self._memory:
            return False
        self._memory[service] = _memories_of(service)[ACCOUNT]
        return True

    def call(self, service: str, region: str, operation: str, params: Params) -> Answer:
        """moto's answer, parsed by botocore. Raises Refusal where moto refuses."""
        method = getattr(self._client(service, region), xform_name(operation))
        try:
            answer: Answer = method(**params)
        except ClientError as exc:
            error, status = exc.response["Error"], exc.response["ResponseMetadata"]
            raise Refusal(error["Code"], error["Message"], status=status["HTTPStatusCode"]) from exc
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def _client(self, service: str, region: str) -> Any:
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = self._session.create_client(
                service, region_name=region, config=_CONFIG
            )
        return self._clients[key]


def answered_by(
    process: Callable[[AWSPreparedRequest], Any],
) -> Callable[..., AWSResponse]:
    """A ``before-send`` handler that answers each request or raises; botocore never sends."""

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        request.headers[_ACCOUNT_HEADER] = ACCOUNT
        reply = process(request)
        if reply is None:
            raise Refusal("SandboxOperationNotSupported", "The sandbox sends nothing to AWS.")
        status, headers, body = reply
        return AWSResponse(request.url, status, headers, MockRawResponse(body))

    return answer


def draw_ids_from(name: str) -> None:
    """Make the next ids that moto draws a function of ``name``: the same at every start."""
    mock_random.seed(name)
