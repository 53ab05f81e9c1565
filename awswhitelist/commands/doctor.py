"""``doctor``: health, explained, together with what can be seen on this machine alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import click

from awswhitelist.commands import local_checks as local
from awswhitelist.commands.exits import code_of_result
from awswhitelist.commands.host import Host
from awswhitelist.commands.operations import Caller, json_option, place_of, place_options
from awswhitelist.commands.output import Output
from awswhitelist.commands.parameters import OWN
from awswhitelist.commands.session import Place, Session, open_session
from awswhitelist.exceptions import AwsWhitelistError, ConfigurationError
from awswhitelist.tools.table import OPERATIONS

Json = dict[str, Any]

SUMMARIES = {
    local.OK: "All is well.",
    local.DEGRADED: "It works, but something needs attention: {names}.",
    local.DOWN: "It does not work: {names}.",
}


@click.pass_obj
def _callback(host: Host, /, **values: Any) -> int:
    structured = diagnosis(place_of(values), host)
    Output(as_json=values[f"{OWN}json"]).result(structured)
    return code_of_result(structured)


doctor = click.Command(
    "doctor",
    params=[json_option(), *place_options()],
    callback=_callback,
    short_help="Say what is well, what is not, and what to do about it",
    help="Look at everything that a change would need: this program, its configuration, policy, "
    "state, audit log, credentials, AWS, overdue rules. Changes nothing.",
)


def diagnosis(place: Place, host: Host) -> Json:
    """All checks as one structured result; what cannot be looked at is a check that failed."""
    checks = [local.program().to_object()]
    facts: Json = {}
    try:
        session = open_session(place, host)
    except ConfigurationError as error:
        checks.append(local.failed("configuration", error).to_object())
    else:
        checks += [each.to_object() for each in _configured(session, place, host)]
        facts = _health(session, host)
        checks += facts.pop("checks")
    status = local.worst(checks)
    names = ", ".join(each["name"] for each in checks if each["status"] != local.OK)
    summary = SUMMARIES[status].format(names=names)
    return {**facts, "summary": summary, "status": status, "checks": checks}


def _configured(session: Session, place: Place, host: Host) -> Iterator[local.Check]:
    """What a configuration that could be read says."""
    yield local.configuration(place.config_file, host.environ)
    yield local.policy_source(session.config)
    yield local.state_directory(session.config.state.directory)
    known = _ask(session, host, "capabilities")
    yield local.sweeper(known.get("expiry_enforcers", ()))


def _health(session: Session, host: Host) -> Json:
    """What the operation says, or why it could not say anything."""
    try:
        return _ask(session, host, "health")
    except AwsWhitelistError as error:
        return {"checks": [local.failed("health", error).to_object()]}


def _ask(session: Session, host: Host, name: str) -> Json:
    (operation,) = (each for each in OPERATIONS if each.name == name)
    caller = Caller(session, host, uuid.uuid4().hex)
    return caller.call(operation, {}).structured
