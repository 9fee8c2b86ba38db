"""`polygate user`: who may sign in to the console."""

from __future__ import annotations

import pytest

from tests.cli.command import Command


def test_an_operator_comes_from_the_command_line_and_can_be_let_in_again(polygate: Command) -> None:
    """Created, listed, given a new password, disabled, enabled; the password shows once and is never the same."""
    made = polygate.succeed(
        "user", "create", "--login", "Root@Gateway.example", "--name", "Root", "--role", "operator", "--json"
    )
    assert made.json["login"] == "root@gateway.example"
    assert made.json["merchant"] == ""
    assert "not shown again" in made.err
    listed = polygate.succeed("user", "list", "--json").json
    assert [{**each, "password": made.json["password"]} for each in listed] == [made.json]
    reset = polygate.succeed("user", "reset-password", "root@gateway.example", "--json").json
    assert reset["password"] != made.json["password"]
    polygate.succeed("user", "create", "--login", "b@gateway.example", "--name", "B", "--role", "operator")
    assert polygate.succeed("user", "disable", "root@gateway.example", "--json").json["enabled"] is False
    last = polygate("user", "disable", "b@gateway.example")
    assert (last.status, "the last operator" in last.err) == (2, True)
    assert polygate.succeed("user", "enable", "root@gateway.example", "--json").json["enabled"] is True
    assert polygate.succeed("user", "reset-code", "root@gateway.example", "--json").json["codes"] is False


def test_a_merchants_people_belong_to_a_merchant(polygate: Command) -> None:
    """And nobody else does."""
    merchant = polygate.succeed("merchant", "list", "--json").json[0]["merchantNo"]
    given = ("--login", "amy@shop.example", "--name", "Amy Lee")
    for wrong in (("--role", "owner"), ("--role", "operator", "--merchant", merchant), ("--role", "boss")):
        refused = polygate("user", "create", *given, *wrong)
        assert (refused.status, refused.out) == (2, "")
    made = polygate.succeed("user", "create", *given, "--role", "owner", "--merchant", merchant)
    assert "password" in made.out
    again = polygate("user", "create", *given, "--role", "support", "--merchant", merchant)
    assert (again.status, "has the login name amy@shop.example already" in again.err) == (2, True)
    assert "amy@shop.example" in polygate.succeed("user", "list", "--merchant", merchant).out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("create", "--login", "amy", "--name", "A", "--role", "operator"), "e-mail address"),
        (("create", "--login", "a@b.example", "--name", " ", "--role", "operator"), "printable"),
        (("disable", "nobody@shop.example"), "there is no user"),
    ],
)
def test_mistakes_are_told_in_a_sentence(polygate: Command, given: tuple[str, ...], said: str) -> None:
    ran = polygate("user", *given)
    assert (ran.status, said in ran.err, "Traceback" in ran.err) == (2, True, False)
