"""What a target's text says by its shape, and what of it is never kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.models import ResourceType
from awswhitelist.resources.hosts import read_host, short_names
from awswhitelist.resources.references import (
    Form,
    clean_target,
    read_reference,
    read_resource_type,
    region_of,
)

HOST = "db.abc.eu-west-1.rds.amazonaws.com"

CLEANED = {
    f"postgres://app:hunter2@{HOST}:5432/orders": f"{HOST}:5432",
    f"postgres://app:hunter2@{HOST}": HOST,
    f"postgres://app:p@s/s#w@{HOST}:5432/orders": f"{HOST}:5432",
    f"  mysql://{HOST}/x  ": HOST,
    f"jdbc:postgresql://{HOST}:5432/orders?user=a&password=hunter2": f"{HOST}:5432",
    f"jdbc:sqlserver://{HOST}:1433;databaseName=x;password=hunter2": f"{HOST}:1433",
    f"jdbc:oracle:thin:app/hunter2@{HOST}:1521:ORCL": f"{HOST}:1521",
    f"jdbc:oracle:thin:@//{HOST}:1521/svc": f"{HOST}:1521",
    f"app:hunter2@{HOST}": HOST,
    f"ec2-user@{HOST}": HOST,
    "web team": "web team",
    "team@home": "team@home",
    "sg-0123456789abcdef0": "sg-0123456789abcdef0",
    "arn:aws:rds:eu-west-1:111122223333:db:x": "arn:aws:rds:eu-west-1:111122223333:db:x",
}


@pytest.mark.parametrize(("text", "clean"), CLEANED.items())
def test_of_a_connection_string_only_host_and_port_are_kept(text: str, clean: str) -> None:
    assert clean_target(text) == clean
    assert clean_target(clean) == clean


UNREADABLE = [
    "postgres://app:hunter2",
    "postgres://",
    f"postgres://app:hun?ter2@{HOST}",
    f"mongodb://{HOST},other:1/x",
    "postgres://app:hunter2@",
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_url_that_cannot_be_read_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        clean_target(text)
    assert "hun" not in repr(caught.value.to_object())


@given(st.text(st.characters(codec="ascii", exclude_characters="?;"), min_size=1))
def test_no_password_however_odd_comes_out_of_a_connection_string(password: str) -> None:
    secret = f"<{password}>"
    try:
        kept = clean_target(f"postgres://app:{secret}@{HOST}:5432/orders")
    except InvalidArgumentError as error:
        kept = repr(error.to_object())
    assert secret not in kept


def test_the_default_of_every_form_of_a_name_is_to_ask_whom_it_may_concern(atlas: Any) -> None:
    assert read_reference("orders-db", None, atlas).types == (
        ResourceType.SECURITY_GROUP,
        ResourceType.INSTANCE,
        ResourceType.RDS,
        ResourceType.ELASTICACHE,
        ResourceType.LOAD_BALANCER,
    )
    assert read_reference("web servers", None, atlas).types == (
        ResourceType.SECURITY_GROUP,
        ResourceType.INSTANCE,
    )
    assert read_reference("?", None, atlas).types == (
        ResourceType.SECURITY_GROUP,
        ResourceType.INSTANCE,
    )


@pytest.mark.parametrize(
    ("kind", "longest"),
    [(ResourceType.RDS, 63), (ResourceType.ELASTICACHE, 50), (ResourceType.LOAD_BALANCER, 32)],
)
def test_a_service_is_not_asked_for_a_name_that_is_too_long_for_it(
    atlas: Any, kind: ResourceType, longest: int
) -> None:
    name = "a-" * 32
    assert kind in read_reference(name[: longest - 1] + "b", None, atlas).types
    assert kind not in read_reference(name[:longest] + "b", None, atlas).types


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_blanks_name_nothing(atlas: Any, blank: str) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        read_reference(blank, None, atlas)
    assert raised.value.field == "target"


HOSTS: tuple[tuple[str, ResourceType | None, str | None, str], ...] = (
    (HOST, ResourceType.RDS, "eu-west-1", "db"),
    ("c.cluster-ro-abc.us-west-2.rds.amazonaws.com", ResourceType.RDS, "us-west-2", "c"),
    ("c.cluster-custom-abc.us-west-2.rds.amazonaws.com", ResourceType.RDS, "us-west-2", ""),
    ("p.proxy-abc.us-west-2.rds.amazonaws.com", ResourceType.RDS, "us-west-2", ""),
    ("r.endpoint.proxy-abc.us-west-2.rds.amazonaws.com", ResourceType.RDS, "us-west-2", ""),
    ("d.cluster-abc.eu-west-1.docdb.amazonaws.com", ResourceType.RDS, "eu-west-1", "d"),
    ("d.cluster-abc.docdb.cn-north-1.amazonaws.com.cn", ResourceType.RDS, "cn-north-1", "d"),
    ("n.abc.eu-west-1.neptune.amazonaws.com", ResourceType.RDS, "eu-west-1", "n"),
    ("db.abc.rds.cn-north-1.amazonaws.com.cn", ResourceType.RDS, "cn-north-1", "db"),
    ("db.abc.us-gov-west-1.rds.amazonaws.com", ResourceType.RDS, "us-gov-west-1", "db"),
    ("c.abc.0001.euw1.cache.amazonaws.com", ResourceType.ELASTICACHE, "eu-west-1", ""),
    ("c.abc.0001.cnnw1.cache.amazonaws.com.cn", ResourceType.ELASTICACHE, "cn-northwest-1", ""),
    ("c.abc.0001.usgw1.cache.amazonaws.com", ResourceType.ELASTICACHE, "us-gov-west-1", ""),
    ("c.abc.0001.xyz9.cache.amazonaws.com", ResourceType.ELASTICACHE, None, ""),
    ("web-1.eu-west-1.elb.amazonaws.com", ResourceType.LOAD_BALANCER, "eu-west-1", ""),
    ("web-1.elb.eu-central-1.amazonaws.com", ResourceType.LOAD_BALANCER, "eu-central-1", ""),
    ("EC2-1-2-3-4.EU-WEST-1.compute.amazonaws.com", ResourceType.INSTANCE, "eu-west-1", ""),
    ("ec2-1-2-3-4.compute-1.amazonaws.com", ResourceType.INSTANCE, "us-east-1", ""),
    ("bucket.s3.amazonaws.com", None, None, ""),
    ("s3.amazonaws.com", None, None, ""),
)


@pytest.mark.parametrize(("text", "kind", "region", "name"), HOSTS)
def test_a_host_of_aws_tells_service_region_and_sometimes_the_name(
    atlas: Any, text: str, kind: ResourceType | None, region: str | None, name: str
) -> None:
    host = read_host(text, atlas)
    assert host is not None
    assert (host.resource_type, host.region, host.name) == (kind, region, name)


NOT_ASKED = {
    "shop.abc.eu-west-1.redshift.amazonaws.com:5439": "Redshift",
    "b-1.shop.abc.c2.kafka.eu-west-1.amazonaws.com:9094": "MSK",
    "clustercfg.shop.abc.memorydb.eu-west-1.amazonaws.com": "MemoryDB",
    "shop-111122223333.eu-west-1.docdb-elastic.amazonaws.com": "DocumentDB elastic clusters",
}


@pytest.mark.parametrize(("text", "service"), NOT_ASKED.items())
def test_an_endpoint_of_a_service_that_is_not_asked_is_told_whose_it_is_and_what_to_do(
    atlas: Any, text: str, service: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        read_reference(text, None, atlas)
    assert caught.value.field == "target"
    assert f" {service}," in caught.value.summary
    assert "security group" in caught.value.remedy


@pytest.mark.parametrize("text", ["db.example.com", "amazonaws.com", "x.amazonaws.com.evil.com"])
def test_a_host_of_others_is_none_of_ours(atlas: Any, text: str) -> None:
    assert read_host(text, atlas) is None


@pytest.mark.parametrize("prefix", ["dualstack.", "ipv6.", ""])
def test_the_prefixes_of_a_load_balancers_host_mean_the_same_host(atlas: Any, prefix: str) -> None:
    host = read_host(prefix + "web-1.eu-west-1.elb.amazonaws.com", atlas)
    assert host is not None and host.host == "web-1.eu-west-1.elb.amazonaws.com"


def test_a_short_name_that_fits_two_regions_fits_none() -> None:
    assert short_names(["eu-west-1", "eu-wild-1", "us-east-1"]) == {"use1": "us-east-1"}


def test_a_type_narrows_what_is_asked_and_must_fit(atlas: Any) -> None:
    assert read_reference("x", ResourceType.RDS, atlas).types == (ResourceType.RDS,)
    with pytest.raises(InvalidArgumentError) as caught:
        read_reference(HOST, ResourceType.INSTANCE, atlas)
    assert caught.value.field == "resource_type"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("sg-0123456789abcdef0", Form.ID),
        ("i-01234567", Form.ID),
        ("eni-0123456789abcdef0", Form.ID),
        ("203.0.113.9", Form.ADDRESS),
        ("203.0.113.9:22", Form.ADDRESS),
        (HOST, Form.ENDPOINT),
        ("arn:aws:rds:eu-west-1:111122223333:db:x", Form.ARN),
        ("arn:aws:ec2:eu-west-1:111122223333:instance/i-01234567", Form.ID),
        ("arn:aws", Form.NAME),
        ("i-web", Form.NAME),
        ("db.example.com", Form.NAME),
    ],
)
def test_the_shape_of_a_text_tells_its_form(atlas: Any, text: str, form: Form) -> None:
    assert read_reference(text, None, atlas).form is form


@pytest.mark.parametrize("text", [f"{HOST}:0", f"{HOST}:65536", "arn:aws:rds:here:1:db:x"])
def test_a_port_or_region_that_is_none_is_an_error_of_the_target(atlas: Any, text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        read_reference(text, None, atlas)
    assert caught.value.field == "target"


def test_a_type_is_read_in_any_case_and_a_wrong_one_gets_a_hint() -> None:
    assert read_resource_type(" RDS ") is ResourceType.RDS
    assert read_resource_type(None) is None
    with pytest.raises(InvalidArgumentError) as caught:
        read_resource_type("instances")
    assert (caught.value.field, '"instance"' in caught.value.remedy) == ("resource_type", True)
    with pytest.raises(InvalidArgumentError):
        read_resource_type("q")


def test_the_region_of_a_target_must_not_contradict_the_one_named(atlas: Any) -> None:
    reference = read_reference(HOST, None, atlas)
    assert region_of(reference, None) == region_of(reference, "eu-west-1") == "eu-west-1"
    with pytest.raises(InvalidArgumentError) as caught:
        region_of(reference, "us-east-1")
    assert caught.value.field == "region"
    assert region_of(read_reference("db", None, atlas), "us-east-1") == "us-east-1"
