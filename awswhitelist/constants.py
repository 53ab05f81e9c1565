"""Numbers and names that come from outside: ports, AWS limits, tag keys."""

from __future__ import annotations

PRODUCT = "awswhitelist"
WEBSITE = "https://github.com/awswhitelist/awswhitelist"

TAG_PREFIX = "awswhitelist:"
TAG_MANAGED = TAG_PREFIX + "managed"
TAG_OWNER = TAG_PREFIX + "owner"
TAG_REASON = TAG_PREFIX + "reason"
TAG_TICKET = TAG_PREFIX + "ticket"
TAG_CREATED_AT = TAG_PREFIX + "created-at"
TAG_EXPIRES_AT = TAG_PREFIX + "expires-at"
TAG_CHANGE = TAG_PREFIX + "change"
TAG_PROTECTED = TAG_PREFIX + "protected"
TAG_TARGET = TAG_PREFIX + "target"

MANAGED_VALUE = "1"
NEVER = "never"
"""The value of the expires-at tag of a rule that has no end."""

DESCRIPTION_LENGTH = 255
TAG_VALUE_LENGTH = 256
"""EC2 API reference, Tag: a value has at most 256 Unicode characters."""

DEFAULT_RULES_PER_GROUP = 60
"""Default quota L-0EA8095F: inbound rules per group; IPv4 and IPv6 are counted separately."""

WELL_KNOWN_PORTS: dict[str, int] = {
    "ssh": 22,
    "smtp": 25,
    "dns": 53,
    "http": 80,
    "https": 443,
    "mssql": 1433,
    "oracle": 1521,
    "mysql": 3306,
    "rdp": 3389,
    "postgres": 5432,
    "postgresql": 5432,
    "winrm": 5985,
    "redis": 6379,
    "http-alt": 8080,
    "elasticsearch": 9200,
    "memcached": 11211,
    "mongodb": 27017,
}
