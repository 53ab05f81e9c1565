"""What botocore knows of AWS's places, as the tests need it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Atlas:
    """Some regions and domains."""

    known: tuple[str, ...] = (
        "ap-northeast-1",
        "ap-southeast-1",
        "cn-north-1",
        "cn-northwest-1",
        "eu-central-1",
        "eu-west-1",
        "us-east-1",
        "us-gov-west-1",
        "us-west-2",
    )

    def regions(self) -> tuple[str, ...]:
        return self.known

    def dns_suffixes(self) -> tuple[str, ...]:
        return ("amazonaws.com", "amazonaws.com.cn", "c2s.ic.gov")


@pytest.fixture
def atlas() -> Atlas:
    return Atlas()
