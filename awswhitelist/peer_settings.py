"""The configuration in force for a user who connected to a socket of ours. Pure."""

from __future__ import annotations

from awswhitelist.config import Config
from awswhitelist.peer_identity import Peer


def settings_for(config: Config, peer: Peer | None) -> Config:
    """The configuration for ``peer``; unchanged without one, for then our own user asks.

    The server's address is not the peer's (``server.remote``), what the peer opens is the peer's
    own (``defaults.owner``), and to act for others must have been allowed in so many words: the
    usual ``policy.act_for_others`` is that of a person alone at a machine.
    """
    if peer is None:
        return config
    server = config.server.model_copy(update={"remote": True})
    defaults = config.defaults.model_copy(update={"owner": peer.user})
    may_act = config.policy.act_for_others and "act_for_others" in config.policy.model_fields_set
    policy = config.policy.model_copy(update={"act_for_others": may_act})
    return config.model_copy(update={"server": server, "defaults": defaults, "policy": policy})
