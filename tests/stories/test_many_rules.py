"""Stories about many holes at once: one of them is bad, one does not fit, the server is killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults.effects import Exchange, Reply
from tests.faults.proxy import Strike
from tests.stories.cloud import Cloud
from tests.stories.server import Json, Server

TEAM = [f"203.0.113.{number}" for number in range(1, 11)]
FULL = 60
"""As many rules of one family as AWS lets a group have, unless it was asked for more."""


def test_ten_entries_with_one_bad_one(server: Server) -> None:
    """Nine are done; the tenth says what is wrong, and where."""
    before = server.open_to("prod-bastion")
    entries = [{"target": "prod-bastion", "source": source, "port": "ssh"} for source in TEAM]
    entries[3]["source"] = "203.0.113.4/24"

    bulk = server.do("whitelist_bulk", entries=entries, expires_in="2h")
    assert bulk.totals == {"added": 9, "failed": 1}
    assert [item["index"] for item in bulk.items] == list(range(10))
    (bad,) = (item for item in bulk.items if item["status"] == "failed")
    assert (bad["index"], bad["error"]["field"]) == (3, "entries[3].source")
    assert "203.0.113.0/24" in bad["error"]["remedy"] + bad["error"]["summary"]
    good = {f"{source}/32": "mara" for source in TEAM if source != "203.0.113.4"}
    assert server.open_to("prod-bastion") == {**before, **good}

    assert server.take_back(bulk).status == "revoked"
    assert server.open_to("prod-bastion") == before
    server.finish()


def test_all_or_nothing_and_one_group_is_full(new_user: Callable[..., Any]) -> None:
    """What had been done by then is taken back, and what had not is not begun."""
    server = new_user(server={"workers": 1}).serve()
    crowd = [f"198.51.100.{number}" for number in range(1, FULL + 1)]
    by_group: Json = {}
    for target in ("prod-bastion", "staging-app", "staging-db"):
        found = server.do("find_security_group", target=target)
        by_group[found.content["group_id"]] = target
    first, full, last = (by_group[group_id] for group_id in sorted(by_group))
    held = len([source for source in server.open_to(full) if "." in source])
    crowded = server.do("whitelist", target=full, source=crowd[held:], port=8443)
    assert crowded.status == "added"
    before = {target: server.open_to(target) for target in by_group.values()}

    wish = {"targets": [first, full, last], "sources": ["203.0.113.7"], "ports": [8443]}
    bulk = server.do("whitelist_bulk", **wish, atomic=True)
    statuses = {item["target"]: item["status"] for item in bulk.items}
    assert statuses == {first: "rolled_back", full: "failed", last: "skipped"}
    (failed,) = (item for item in bulk.items if item["status"] == "failed")
    assert failed["error"]["code"] == "quota_exceeded"
    assert {target: server.open_to(target) for target in before} == before
    server.finish()


def test_the_server_is_killed_in_the_middle_of_a_bulk(
    cloud: Cloud, new_user: Callable[..., Any]
) -> None:
    """AWS has heard of some of it, nobody of the rest. The next server says so, and the same call
    again completes it."""
    user = new_user(**cloud.settings(), server={"workers": 1})
    user.more = cloud.environment
    doomed = user.serve(sandbox=False)
    groups = [cloud.new_group(f"team-{number}") for number in range(5)]
    bulk = {"targets": groups, "sources": TEAM[:3], "ports": [22], "expires_in": "1h"}

    def made_and_killed(exchange: Exchange) -> Reply | None:
        exchange.forward()
        doomed.crash()
        return None

    cloud.proxy.arm([Strike("AuthorizeSecurityGroupIngress", made_and_killed, (3,))])
    doomed.request("whitelist_bulk", **bulk)
    doomed.process.wait()
    cloud.proxy.arm([])
    assert [len(cloud.sources(group)) for group in groups].count(3) == 3

    server = user.serve(sandbox=False)
    health = server.do("health")
    assert health.status == "degraded"
    # Other servers of moto in this process share its rules: some of theirs may be overdue.
    codes = {each["code"]: each for each in health.content["checks"] if each.get("code")}
    cut_off = codes["plans_interrupted"]
    assert "whitelist_bulk" in cut_off["detail"] and "add to sg-" in cut_off["detail"]
    assert "repeat each call" in cut_off["remedy"]

    again = server.do("whitelist_bulk", **bulk)
    assert again.totals == {"added": 6, "already_allowed": 9}
    expected = sorted(f"{source}/32" for source in TEAM[:3])
    assert [cloud.sources(group) for group in groups] == [expected] * 5
    assert server.do("whitelist_bulk", **bulk).totals == {"already_allowed": 15}
    server.finish()
