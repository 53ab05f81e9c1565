"""What people write first: look at the group, add the rule. Arguments: group id, CIDR."""

from __future__ import annotations

import sys

import boto3

group_id, cidr = sys.argv[1:]
ec2 = boto3.client("ec2")
ec2.describe_security_groups(GroupIds=[group_id])
permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": cidr}]}
answer = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])
print(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])
