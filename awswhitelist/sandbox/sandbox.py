"""The sandbox itself: botocore sessions whose every call is answered in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.model import OperationModel
from botocore.session import Session

from awswhitelist.constants import DEFAULT_RULES_PER_GROUP
from awswhitelist.sandbox.answers import Answer, Params, Refusal, refused, succeeded
from awswhitelist.sandbox.cloud import Cloud
from awswhitelist.sandbox.offline_session import REGION, offline_session
from awswhitelist.sandbox.recording import ACCOUNT

_PARAMS = "sandbox_params"


class Sandbox:
    """An AWS account of one's own, in memory, gone when the process ends.

    ``latency`` is added to every call, in seconds, by way of ``sleep``. ``rules_per_group`` is the
    account's quota in every region, at least the six that the estate needs.

    Every sandbox has an estate of its own, the same at every start, ids too. Nothing else of the
    process is touched: other botocore clients go where they went before.
    """

    region: str = REGION
    account: str = ACCOUNT

    def __init__(
        self,
        *,
        latency: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
        rules_per_group: int = DEFAULT_RULES_PER_GROUP,
    ) -> None:
        self._latency = latency
        self._sleep = sleep
        self._cloud: Cloud | None = Cloud(rules_per_group)

    def new_session(self, profile: str | None) -> Session:
        """A session that reads nothing of this machine and whose clients reach the sandbox only.

        There is one caller here, so every profile is that caller's.
        """
        session = offline_session()
        emitter = session.get_component("event_emitter")
        emitter.register_last("before-parameter-build", _remember_params)
        emitter.register_first("before-call", self._answer)
        return session

    def close(self) -> None:
        """Forget the estate; later calls are refused. May be called twice."""
        self._cloud = None

    def _answer(
        self, model: OperationModel, context: dict[str, Any], **_: Any
    ) -> tuple[AWSResponse, Answer]:
        if self._latency:
            self._sleep(self._latency)
        try:
            return succeeded(self._serve(context["client_region"], model, context[_PARAMS]))
        except Refusal as refusal:
            return refused(refusal)

    def _serve(self, region: str, model: OperationModel, params: Params) -> Answer:
        cloud = self._cloud
        if cloud is None:
            raise Refusal("SandboxClosed", "The sandbox is closed. Nothing was sent to AWS.")
        return cloud.serve(region, model.service_model.service_name, model.name, params)


def _remember_params(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    context[_PARAMS] = params
