"""What holds for a user who connected to a socket, and what does not change for anybody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from awswhitelist.config import Config, DefaultsConfig, PolicyConfig, StateConfig
from awswhitelist.peer_identity import Peer
from awswhitelist.peer_settings import settings_for
from awswhitelist.policy_meet import meet

MARA = Peer(1000, "mara")
STATE = StateConfig(directory=Path("/var/lib/awswhitelist"))


def test_without_a_peer_nothing_changes() -> None:
    config = Config(state=STATE)
    assert settings_for(config, None) is config


def test_a_peer_is_not_at_the_server_and_owns_what_it_opens() -> None:
    config = Config(state=STATE, defaults=DefaultsConfig(owner="service", region="eu-west-1"))
    there = settings_for(config, MARA)
    assert there.server.remote
    assert there.defaults == DefaultsConfig(owner="mara", region="eu-west-1")
    assert not there.policy.act_for_others


def test_nothing_else_changes_for_a_peer() -> None:
    config = Config(state=STATE)
    there = settings_for(config, MARA)
    restored = there.model_copy(
        update={name: getattr(config, name) for name in ("server", "defaults", "policy")}
    )
    assert restored == config
    assert there.policy.model_copy(update={"act_for_others": True}) == config.policy


@pytest.mark.parametrize(
    ("policy", "may_act"),
    [
        (PolicyConfig(), False),
        (PolicyConfig.model_construct(), False),
        (PolicyConfig(act_for_others=True), True),
        (PolicyConfig(act_for_others=False), False),
        (meet(PolicyConfig(read_only=True), PolicyConfig(require_reason=True)), False),
        (meet(PolicyConfig(act_for_others=True), PolicyConfig()), True),
        (meet(PolicyConfig(act_for_others=True), PolicyConfig(act_for_others=False)), False),
    ],
)
def test_a_peer_acts_for_others_only_where_the_policy_says_so(
    policy: PolicyConfig, may_act: bool
) -> None:
    there = settings_for(Config(state=STATE, policy=policy), MARA)
    assert there.policy.act_for_others is may_act
