"""The embedded AWS for people without an account: moto, corrected where it differs from AWS.

moto keeps the estate (networks, groups, instances, databases, load balancers) and answers for it.
The ingress rules are kept here, because most of what moto does with a rule is not what AWS does.
No request leaves the process: see :class:`Sandbox`.
"""

from awswhitelist.sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]
