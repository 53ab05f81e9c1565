"""Service Quotas: the one quota that matters here.

Source: Service Quotas API reference, GetServiceQuota.
"""

from __future__ import annotations

from awswhitelist.sandbox.answers import Answer, Params, Refusal
from awswhitelist.sandbox.region import Region

_SERVICE, _CODE = "vpc", "L-0EA8095F"


def get_service_quota(region: Region, params: Params) -> Answer:
    """Inbound or outbound rules per security group; the sandbox has no other quota."""
    if (params["ServiceCode"], params["QuotaCode"]) != (_SERVICE, _CODE):
        raise Refusal("NoSuchResourceException", "The quota does not exist.")
    place = f"{region.name}:{region.account}"
    return {
        "Quota": {
            "ServiceCode": _SERVICE,
            "QuotaCode": _CODE,
            "QuotaName": "Inbound or outbound rules per security group",
            "QuotaArn": f"arn:aws:servicequotas:{place}:{_SERVICE}/{_CODE}",
            "Value": float(region.rules_per_group),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
    }
