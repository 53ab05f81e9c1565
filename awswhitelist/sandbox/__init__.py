"""The embedded AWS for people without an account.

Its estate (networks, groups, instances, databases, load balancers) was recorded from moto; what
changes, rules and tags, is done here as AWS does it. No request leaves the process: see
:class:`Sandbox`.
"""

from awswhitelist.sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]
