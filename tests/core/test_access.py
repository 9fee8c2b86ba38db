"""Roles and what they may do."""

from __future__ import annotations

import pytest

from polygate.core.access import MERCHANT_ROLES, PERMISSIONS, Permission, Role, may

MOVES_MONEY = {Permission.REFUND, Permission.PAY_OUT, Permission.MANAGE_PAYMENTS}
KEYS = {Permission.ROTATE_SECRETS, Permission.MANAGE_TEAM}


def test_only_operators_see_all_merchants() -> None:
    assert [role for role in Role if may(role, Permission.OPERATE)] == [Role.OPERATOR]
    assert set(MERCHANT_ROLES) == set(Role) - {Role.OPERATOR}


def test_support_only_looks() -> None:
    assert PERMISSIONS[Role.SUPPORT] == {Permission.VIEW}


@pytest.mark.parametrize(("role", "never"), [(Role.DEVELOPER, MOVES_MONEY), (Role.FINANCE, KEYS)])
def test_keys_and_money_are_in_different_hands(role: Role, never: set[Permission]) -> None:
    assert not never & PERMISSIONS[role]


def test_every_permission_is_somebodys_and_every_role_has_a_row() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert set().union(*PERMISSIONS.values()) == set(Permission)
