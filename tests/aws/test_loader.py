"""TrimmedLoader: its clients send and parse exactly what stock clients do."""

from __future__ import annotations

import ast
import json
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.regions import EndpointResolver
from botocore.session import Session

import awswhitelist.aws
from awswhitelist.aws.clients import AwsClientFactory, shared_sessions, stock_session
from awswhitelist.aws.loader import OPERATIONS, TrimmedLoader, trimmed
from awswhitelist.aws.model_cache import ModelCache
from awswhitelist.models import AwsScope

Json = dict[str, Any]
EVERY_OPERATION = [(service, name) for service, names in OPERATIONS.items() for name in names]
SCOPE = AwsScope(profile=None, region="eu-west-1")


class Body:
    """What botocore reads an answer's body from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_options: Any) -> Iterator[bytes]:
        yield self._content

    def read(self, *_: Any) -> bytes:
        return self._content


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "models"
    made.mkdir(mode=0o700)
    return made


def session_with(loader: Loader) -> Session:
    session = Session()
    session.register_component("data_loader", loader)
    session.set_credentials("AKIDTEST", "secret")
    return session


@cache
def stock() -> Session:
    return session_with(Loader())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A session whose models come out of a cache that another loader filled."""
    folder = tmp_path_factory.mktemp("models")
    first = TrimmedLoader(ModelCache(folder))
    for service in OPERATIONS:
        first.load_service_model(service, "service-2")
    return session_with(TrimmedLoader(ModelCache(folder)))


SCALARS: dict[str, Any] = {
    "string": "text",
    "integer": 7,
    "long": 7,
    "double": 1.5,
    "float": 1.5,
    "boolean": True,
    "timestamp": "2026-01-02T03:04:05Z",
    "blob": b"bytes",
}


def filled(shape: Shape | None, above: tuple[str, ...] = ()) -> Any:
    """A value for every member that the shape has."""
    if shape is None or shape.name in above:
        return {}
    inside = (*above, shape.name)
    if isinstance(shape, StructureShape):
        return {name: filled(member, inside) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [filled(shape.member, inside)] * 5
    if isinstance(shape, MapShape):
        return {filled(shape.key, inside): filled(shape.value, inside)}
    value = getattr(shape, "enum", None) or [SCALARS[shape.type_name]]
    least = shape.metadata.get("min", 0)
    if shape.type_name == "string" and not getattr(shape, "enum", None):
        return "text" + "x" * max(0, least - 4)
    return max(value[0], least) if shape.type_name in ("integer", "long") else value[0]


def as_xml(shape: Shape, value: Any, tag: str, *, plain_lists: bool) -> str:
    """What AWS would answer: ``value`` in the XML that its query services speak."""
    if isinstance(shape, StructureShape):
        inner = "".join(
            as_xml(
                member,
                value[name],
                member.serialization.get("name", name),
                plain_lists=plain_lists,
            )
            for name, member in shape.members.items()
            if name in value
        )
    elif isinstance(shape, ListShape):
        member = shape.member.serialization.get("name", "item" if plain_lists else "member")
        inner = "".join(
            as_xml(shape.member, each, member, plain_lists=plain_lists) for each in value
        )
    elif isinstance(shape, MapShape):
        inner = "".join(
            f"<entry><key>{k}</key><value>{v}</value></entry>" for k, v in value.items()
        )
    else:
        inner = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{tag}>{inner}</{tag}>"


def answer_to(operation: OperationModel) -> bytes:
    """A full answer to an operation, as it would come over the wire."""
    shape = operation.output_shape
    protocol = operation.service_model.resolved_protocol
    value = filled(shape) if shape else {}
    if protocol in ("json", "rest-json"):
        return (
            json.dumps(value, default=lambda each: b64encode(each).decode())
            .replace('"2026-01-02T03:04:05Z"', "1767323045.0")
            .encode()
        )
    inner = (
        as_xml(shape, value, "Inner", plain_lists=protocol == "ec2") if shape else "<Inner></Inner>"
    )
    if protocol == "ec2":
        content = inner.removeprefix("<Inner>").removesuffix("</Inner>")
        return f"<Answer><requestId>r-1</requestId>{content}</Answer>".encode()
    wrapper = (shape.serialization.get("resultWrapper") if shape else None) or "Result"
    content = inner.replace("<Inner>", f"<{wrapper}>", 1).removesuffix("</Inner>") + f"</{wrapper}>"
    meta = "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>"
    return f"<Answer>{content}{meta}</Answer>".encode()


def exchange(session: Session, service: str, name: str, *, error: bool) -> tuple[Any, ...]:
    """What a client sends for an operation with every parameter, and what it makes of an answer."""
    model = stock().get_service_model(service).operation_model(name)
    sent: list[AWSPreparedRequest] = []
    failure = b"<Response><Errors><Error><Code>Throttling</Code></Error></Errors></Response>"

    def reply(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        sent.append(request)
        body = failure if error else answer_to(model)
        return AWSResponse(request.url, 503 if error else 200, HTTPHeaders(), Body(body))

    config = Config(retries={"total_max_attempts": 1}, parameter_validation=True)
    client: Any = session.create_client(service, region_name="eu-west-1", config=config)
    client.meta.events.register_first("before-send", reply)
    try:
        got = getattr(client, xform_name(name))(**filled(model.input_shape))
    except client.exceptions.ClientError as caught:
        got = (caught.response, str(caught), type(caught).__name__)
    (request,) = sent
    varying = {"x-amz-date", "authorization", "amz-sdk-invocation-id", "user-agent"}
    headers = {
        key.lower(): value for key, value in request.headers.items() if key.lower() not in varying
    }
    return request.method, request.url, headers, request.body, got


@pytest.mark.parametrize(("service", "name"), EVERY_OPERATION)
@pytest.mark.parametrize("error", [False, True], ids=["answered", "refused"])
def test_a_trimmed_client_sends_and_parses_what_a_stock_client_does(
    small: Session, service: str, name: str, error: bool
) -> None:
    expected = exchange(stock(), service, name, error=error)
    assert exchange(small, service, name, error=error) == expected
    if not error and stock().get_service_model(service).operation_model(name).output_shape:
        assert len(expected[-1]) > 1  # more than metadata: the answer was understood


@pytest.mark.parametrize(
    "region",
    "us-east-1 cn-north-1 us-gov-west-1 us-iso-east-1 us-isob-east-1 eu-isoe-west-1 "
    "us-isof-south-1 eusc-de-east-1".split(),
)
@pytest.mark.parametrize("service", ["ec2", "sts", "rds", "elbv2"])
def test_every_partition_has_the_endpoints_that_botocore_knows(
    small: Session, service: str, region: str
) -> None:
    made = [each.create_client(service, region_name=region) for each in (small, stock())]
    assert made[0].meta.endpoint_url == made[1].meta.endpoint_url
    assert made[0].meta.partition == made[1].meta.partition != ""


@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_every_region_has_the_endpoint_that_botocore_knows(folder: Path, service: str) -> None:
    ours, whole = resolver(TrimmedLoader(ModelCache(folder))), resolver(Loader())
    partitions = whole.get_available_partitions()
    assert ours.get_available_partitions() == partitions
    for partition in partitions:
        for allow in (True, False):
            regions = whole.get_available_endpoints(service, partition, allow)
            assert ours.get_available_endpoints(service, partition, allow) == regions
        for region in ["xx-new-1", *whole.get_available_endpoints(service, partition)]:
            built = [each.construct_endpoint(service, region) for each in (ours, whole)]
            assert built[0] == built[1]


def resolver(loader: Loader) -> EndpointResolver:
    return EndpointResolver(loader.load_data("endpoints"))


def test_endpoints_are_cut_once_and_anew_when_their_copy_is_stale_or_damaged(folder: Path) -> None:
    made = TrimmedLoader(ModelCache(folder)).load_data("endpoints")
    assert {name for each in made["partitions"] for name in each["services"]} <= set(OPERATIONS)
    (file,) = folder.iterdir()
    kept = json.loads(file.read_text())
    assert kept["endpoints"] == made
    written = file.stat().st_mtime_ns
    assert TrimmedLoader(ModelCache(folder)).load_data("endpoints") == made
    assert file.stat().st_mtime_ns == written
    for spoilt in ({**kept, "stamp": {}}, {"stamp": kept["stamp"]}, {}):
        ModelCache(folder).write(file.name, spoilt)
        assert TrimmedLoader(ModelCache(folder)).load_data("endpoints") == made
        assert json.loads(file.read_text()) == kept


def methods_named_in_our_code() -> set[str]:
    """What the ``aws`` package names, as a text or an attribute, and does not define itself."""
    folder = Path(awswhitelist.aws.__file__).parent
    trees = [ast.parse(file.read_text()) for file in folder.glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    return {text for text in texts | attributes if isinstance(text, str)} - own


def test_every_operation_that_our_code_calls_is_in_the_table() -> None:
    named = methods_named_in_our_code()
    for service, names in OPERATIONS.items():
        known = {xform_name(name) for name in stock().get_service_model(service).operation_names}
        ours = {xform_name(name) for name in names}
        assert named & known - ours == set(), service


def test_copies_are_made_once_and_served_again(folder: Path) -> None:
    made = TrimmedLoader(ModelCache(folder)).load_service_model("sts", "service-2")
    (file,) = folder.iterdir()
    written = file.stat().st_mtime_ns
    again = TrimmedLoader(ModelCache(folder)).load_service_model("sts", "service-2")
    assert again == made
    assert file.stat().st_mtime_ns == written
    assert set(made["operations"]) == set(OPERATIONS["sts"])


@pytest.mark.parametrize(
    "change",
    [
        {"stamp": {"botocore": "0.1"}},
        {"stamp": "none"},
        {"stamp": {"path": 7}},
        {"service-2": None},
    ],
)
def test_a_stale_copy_is_made_anew(folder: Path, change: Json) -> None:
    made = TrimmedLoader(ModelCache(folder)).load_service_model("sts", "service-2")
    (file,) = folder.iterdir()
    spoilt = json.loads(file.read_text()) | {"service-2": {}} | change
    ModelCache(folder).write(file.name, {k: v for k, v in spoilt.items() if v is not None})
    again = TrimmedLoader(ModelCache(folder)).load_service_model("sts", "service-2")
    assert again == made
    assert json.loads(file.read_text())["service-2"] == made


def test_a_half_written_copy_is_made_anew(folder: Path) -> None:
    made = TrimmedLoader(ModelCache(folder)).load_service_model("sts", "service-2")
    (file,) = folder.iterdir()
    file.write_text(file.read_text()[:1000])
    assert TrimmedLoader(ModelCache(folder)).load_service_model("sts", "service-2") == made


def test_a_copy_of_other_operations_is_stale(folder: Path) -> None:
    small = {"sts": ("GetCallerIdentity",)}
    TrimmedLoader(ModelCache(folder), small).load_service_model("sts", "service-2")
    served = TrimmedLoader(ModelCache(folder)).load_service_model("sts", "service-2")
    assert set(served["operations"]) == set(OPERATIONS["sts"])


def test_a_copy_of_a_model_that_was_changed_in_place_is_stale(folder: Path) -> None:
    data = folder / "data" / "sts" / "2011-06-15"
    data.mkdir(parents=True)
    model = Loader().load_service_model("sts", "service-2")
    (data / "service-2.json").write_text(json.dumps(model))
    (data / "endpoint-rule-set-1.json").write_text("{}")

    def served() -> Any:
        cache = ModelCache(folder / "cache")
        loader = TrimmedLoader(cache, data=folder / "data")
        return loader.load_service_model("sts", "service-2")["metadata"].get("changed")

    assert served() is None
    model["metadata"]["changed"] = "yes"
    (data / "service-2.json").write_text(json.dumps(model))
    assert served() == "yes"


def test_what_the_copies_do_not_have_is_served_whole(folder: Path) -> None:
    loader, whole = TrimmedLoader(ModelCache(folder)), Loader()
    assert loader.load_service_model("sqs", "service-2") == whole.load_service_model(
        "sqs", "service-2"
    )
    pages = loader.load_service_model("ec2", "paginators-1")
    assert pages == whole.load_service_model("ec2", "paginators-1")
    old = loader.load_service_model("sts", "service-2", "2011-06-15")
    assert set(old["operations"]) > set(OPERATIONS["sts"])
    with pytest.raises(UnknownServiceError):
        loader.load_service_model("no-such-service", "service-2")


def test_documentation_goes_and_a_member_of_that_name_stays() -> None:
    member = {"shape": "Text", "documentation": "words"}
    model = {
        "documentation": "words",
        "operations": {"Do": {"input": {"shape": "In"}}, "Other": {"input": {"shape": "Far"}}},
        "shapes": {
            "In": {"type": "structure", "members": {"documentation": member}},
            "Text": {"type": "string"},
            "Far": {"type": "string"},
        },
    }
    assert trimmed(model, ("Do",)) == {
        "operations": {"Do": {"input": {"shape": "In"}}},
        "shapes": {
            "In": {"type": "structure", "members": {"documentation": {"shape": "Text"}}},
            "Text": {"type": "string"},
        },
    }


def test_a_client_fetches_the_whole_model_for_an_operation_that_is_not_in_the_table(
    folder: Path,
) -> None:
    factory = AwsClientFactory(shared_sessions(folder))
    client = factory.client("sts", SCOPE)
    assert client.get_session_token.__name__ == "get_session_token"
    assert client.get_federation_token.__self__ is factory.client("sts", SCOPE)
    with pytest.raises(AttributeError):
        _ = client.no_such_operation
    assert not hasattr(client, "__no_such_thing__")


def test_the_models_are_parsed_once_for_all_sessions(folder: Path) -> None:
    new_session = shared_sessions(folder)
    loaders = {id(new_session(name).get_component("data_loader")) for name in (None, "dev")}
    assert len(loaders) == 1


def test_trimming_can_be_switched_off(folder: Path) -> None:
    loader = shared_sessions(False)(None).get_component("data_loader")
    assert type(loader) is Loader


def test_one_who_has_models_of_ones_own_gets_those(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = TrimmedLoader(ModelCache(folder))
    assert stock_session(None, loader).get_component("data_loader") is loader
    monkeypatch.setenv("AWS_DATA_PATH", str(folder))
    assert stock_session(None, loader).get_component("data_loader") is not loader
