"""Stories about one hole in a firewall: it is opened, it moves, it ends, it comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.stories.server import Server

HOME, HOTEL, OFFICE = "203.0.113.7", "192.0.2.77", "203.0.113.99"
PASTED = "postgres://app:hunter2@orders-db.aaaaaaaaaa.eu-west-1.rds.amazonaws.com:5432/orders"


def test_open_the_production_database_for_me_for_two_hours(server: Server, user: Any) -> None:
    """Somebody pastes the connection string that they have."""
    before = server.open_to("orders-db")

    opened = server.do("whitelist", target=PASTED, source=HOME, expires_in="2h")
    assert opened.status == "added"
    assert opened.content["resource"]["name"] == "orders-db"
    assert opened.content["expires_enforced_by"] == ["process"]
    assert "expiry_needs_a_sweeper" in opened.warnings
    (rule,) = opened.rules
    assert (rule["cidr"], rule["from_port"], rule["to_port"]) == (f"{HOME}/32", 5432, 5432)
    left = datetime.fromisoformat(rule["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=1, minutes=58) < left <= timedelta(hours=2)

    assert server.open_to("orders-db") == {**before, f"{HOME}/32": "mara"}
    assert server.do("check_access", target=PASTED, source=HOME).content["allowed"] is True
    again = server.do("whitelist", target=PASTED, source=HOME, expires_in="2h")
    assert (again.status, "undo" in again.content) == ("already_allowed", False)

    taken_back = server.take_back(opened)
    assert taken_back.status == "revoked"
    assert server.open_to("orders-db") == before
    server.finish()
    assert "hunter2" not in "".join(
        path.read_text("utf-8", "replace") for path in user.home.rglob("*") if path.is_file()
    )


def test_my_address_has_changed(server: Server) -> None:
    """From home to a hotel: one rule moves, and no hole is left behind."""
    wish = {"target": "prod-bastion", "port": "ssh", "expires_in": "2h"}
    at_home = server.do("whitelist", **wish, source=HOME)
    with_home = server.open_to("prod-bastion")

    moved = server.do("whitelist", **wish, source=HOTEL, replace_previous=True)
    assert moved.status == "moved"
    assert f"from {HOME}/32 to {HOTEL}/32" in moved.summary
    assert moved.rules[0]["rule_id"] == at_home.rules[0]["rule_id"]
    now = server.open_to("prod-bastion")
    assert f"{HOME}/32" not in now and now[f"{HOTEL}/32"] == "mara"

    back = server.take_back(moved)
    assert back.status == "approval_required", "it lets an address in that was shut out"
    assert server.take_back(moved, approval=back.token).status == "restored"
    assert server.open_to("prod-bastion") == with_home
    server.finish()


def test_the_address_has_changed_and_nobody_can_tell_which_rule_was_the_earlier(
    server: Server,
) -> None:
    wish = {"target": "prod-bastion", "port": "ssh", "expires_in": "2h"}
    for source in (HOME, OFFICE):
        assert server.do("whitelist", **wish, source=source).status == "added"
    before = server.open_to("prod-bastion")

    refused = server.do("whitelist", **wish, source=HOTEL, replace_previous=True)
    assert refused.code == "ambiguous_rule"
    assert len(refused.content["candidates"]) == 2
    assert server.open_to("prod-bastion") == before
    server.finish()


def test_a_colleague_leaves(server: Server) -> None:
    """Everything of one owner in the region, in one call; what others share with them stays."""
    for target, port in (("prod-bastion", 22), ("orders-db", 5432), ("staging-app", 8000)):
        theirs = server.do("whitelist", target=target, port=port, source=HOTEL, owner="ivo")
        assert theirs.status == "added"
    assert server.do("whitelist", target="orders-db", source=HOTEL).status == "extended"
    assert server.do("whitelist", target="orders-db", source=HOME).status == "added"

    ended = server.do("revoke", owner="ivo", reason="has left")
    assert sorted(each["status"] for each in ended.rules) == ["released", "revoked", "revoked"]
    assert "connections_survive" in ended.warnings
    for target in ("prod-bastion", "staging-app"):
        assert f"{HOTEL}/32" not in server.open_to(target)
    owners = server.open_to("orders-db")
    assert (owners[f"{HOTEL}/32"], owners[f"{HOME}/32"]) == ("mara", "mara")
    assert server.do("revoke", owner="ivo").status == "absent"
    server.finish()


def test_a_request_for_the_world_is_denied(server: Server, user: Any) -> None:
    before = server.open_to("prod-bastion")
    for everywhere in ("0.0.0.0/0", "::/0"):
        denied = server.do("whitelist", target="prod-bastion", source=everywhere, port=22)
        assert denied.code == "policy_denied"
        assert "policy.allow_public" in denied.content["reasons"][0]
        assert denied.content["retryable"] is False
    wide = server.do("whitelist", target="prod-bastion", source="203.0.0.0/16", port=22)
    assert "policy.min_prefix_ipv4" in wide.content["reasons"][0]
    assert server.open_to("prod-bastion") == before
    server.finish()
    assert "intent" not in [record["event"] for record in user.audit]


def test_access_expires_and_ends_while_the_server_runs(server: Server, user: Any) -> None:
    """Nobody calls anything: the client hears that the rules have changed, and looks."""
    before = server.open_to("prod-bastion")
    brief = server.do("whitelist", target="prod-bastion", source=HOME, port=22, expires_in="2s")
    assert brief.content["expires_enforced_by"] == ["process"]
    (rule,) = brief.rules
    uri = f"awswhitelist://{brief.content['region']}/security-groups/{rule['group_id']}/rules"

    server.shake_hands("2025-11-25")
    server.ask("resources/subscribe", uri=uri)
    assert server.receive() == {
        "jsonrpc": "2.0",
        "method": "notifications/resources/updated",
        "params": {"uri": uri},
    }
    assert server.open_to("prod-bastion") == before
    server.finish()
    *_, swept = [record for record in user.audit if record["event"] == "intent"]
    assert (swept["operation"], swept["client"]) == ("sweep_expired", "awswhitelist")


def test_a_revoke_is_undone_only_with_approval(server: Server) -> None:
    """Taking a revoke back gives access: that is a grant, and is judged like one."""
    opened = server.do("whitelist", target="orders-db", source=HOME, reason="migration")
    with_it = server.open_to("orders-db")
    revoked = server.do("revoke", target="orders-db", source=HOME)
    assert revoked.status == "revoked"

    asked = server.take_back(revoked)
    assert asked.status == "approval_required"
    assert "gives access back" in asked.content["reasons"][0]
    assert server.open_to("orders-db") != with_it

    restored = server.take_back(revoked, approval=asked.token)
    assert restored.status == "restored"
    (rule,) = restored.rules
    (was,) = opened.rules
    assert (rule["expires_at"], rule["owner"]) == (was["expires_at"], was["owner"])
    assert rule["reason"] == "migration"
    assert server.open_to("orders-db") == with_it

    assert server.take_back(revoked).status == "already_allowed"
    server.finish()
