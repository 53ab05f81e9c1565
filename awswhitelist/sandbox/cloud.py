"""The sandbox's AWS without botocore's side of it: one call at a time, in any region."""

from __future__ import annotations

import functools

from awswhitelist.sandbox.answers import Answer, Params, Refusal
from awswhitelist.sandbox.moto_account import ACCOUNT, MotoAccount, draw_ids_from
from awswhitelist.sandbox.offline_session import REGION
from awswhitelist.sandbox.operations import serve
from awswhitelist.sandbox.region import Region
from awswhitelist.sandbox.seed import SEEDS


class Cloud:
    """All regions of the account. To be made while the environment is hidden from moto.

    Every service is loaded and seeded at once: later, other threads read the environment, and
    hiding it from moto would hide it from them.
    """

    def __init__(self, known_regions: frozenset[str], rules_per_group: int) -> None:
        self.account = ACCOUNT
        self._moto = MotoAccount()
        self._known = known_regions
        self._rules_per_group = rules_per_group
        self._regions: dict[str, Region] = {}
        with self._moto.turn():
            for service, seed in SEEDS.items():
                self._moto.open(service)
                draw_ids_from(service)
                seed(self._region(REGION))

    def serve(self, region: str, service: str, operation: str, params: Params) -> Answer:
        """The answer to one call. Raises Refusal."""
        if region not in self._known:
            raise Refusal("OptInRequired", f"The region {region} is not enabled.", status=403)
        with self._moto.turn():
            return serve(self._region(region), service, operation, params)

    def _region(self, name: str) -> Region:
        if name not in self._regions:
            ask = functools.partial(self._moto_answers, name)
            self._regions[name] = Region(
                name, self.account, ask, rules_per_group=self._rules_per_group
            )
        return self._regions[name]

    def _moto_answers(self, region: str, service: str, operation: str, params: Params) -> Answer:
        return self._moto.call(service, region, operation, params)
