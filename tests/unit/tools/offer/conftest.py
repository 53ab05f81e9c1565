"""What is offered beside the operations, on a sandbox of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.application import Surroundings, offering_of, sandbox_cloud
from awswhitelist.calls import PlainContext
from awswhitelist.config import Config
from awswhitelist.exceptions import AwsWhitelistError

SURROUNDINGS = Surroundings("tester", {})


class Stand:
    """Offers, and remembers what was told of changes. ``cloud`` may be changed by tests."""

    def __init__(self, config: Config, profiles: Path | None, **changes: Any) -> None:
        self.told: list[str] = []
        self.requests: list[str] = []
        plain = sandbox_cloud(config)

        def new_session(profile: str | None) -> Any:
            session = plain.new_session(profile)
            session.set_config_variable("config_file", profiles and str(profiles))
            events = session.get_component("event_emitter")
            events.register("before-parameter-build.ec2", self._note)
            return session

        self.cloud = plain._replace(new_session=new_session, **changes)
        offering = offering_of(self.cloud, config, SURROUNDINGS, self.told.append)
        self.tools = {spec.name: spec for spec in offering.tools}
        self.prompts = {spec.name: spec for spec in offering.beside.get().prompts}
        self.resources = {spec.uri: spec for spec in offering.beside.get().resources}
        self.rules, self.results = offering.beside.get().templates

    def _note(self, model: Any, **_event: Any) -> None:
        self.requests.append(model.name)

    def call(self, name: str, **arguments: Any) -> Any:
        return self.tools[name].call(arguments, PlainContext("r-1")).structured

    def read(self, uri: str) -> Any:
        """What a client would get: JSON."""
        document = self.resources[uri].read({}, PlainContext("r-1"))
        return json.loads(json.dumps(document))

    def read_rules(self, group_id: str, region: str = "eu-west-1") -> Any:
        variables = {"region": region, "group_id": group_id}
        document = self.rules.read(variables, PlainContext("r-1"))
        return json.loads(json.dumps(document))

    def refuse_rules(self, group_id: str, region: str = "eu-west-1") -> AwsWhitelistError:
        with pytest.raises(AwsWhitelistError) as caught:
            self.read_rules(group_id, region)
        return caught.value

    def suggest(self, argument: str, **settled: str) -> list[str]:
        """What is suggested for an argument of any prompt, or a variable of the template."""
        completers = dict(self.rules.completers)
        for prompt in self.prompts.values():
            completers |= {each.name: each.complete for each in prompt.arguments if each.complete}
        return list(completers[argument](settled, PlainContext("r-1")))

    def group_id(self, name: str) -> str:
        session = self.cloud.new_session(None)
        region = self.cloud.default_region
        ec2: Any = session.create_client("ec2", region_name=region)
        filters = [{"Name": "group-name", "Values": [name]}]
        (group,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
        self.requests.clear()
        return str(group["GroupId"])


@pytest.fixture
def make_stand(configured: Callable[..., Config]) -> Callable[..., Stand]:
    """A stand with these sections in its configuration, and a fresh sandbox."""

    def make(profiles: Path | None = None, *, is_sandbox: bool = True, **sections: Any) -> Stand:
        return Stand(configured(**sections), profiles, is_sandbox=is_sandbox)

    return make


@pytest.fixture
def stand(make_stand: Callable[..., Stand]) -> Stand:
    return make_stand()
