"""Who may do what in the console: roles, permissions and the table between them. Data, not conditions."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    OWNER = "owner"
    """Everything about one merchant, its people included."""
    DEVELOPER = "developer"
    """The integration: credentials, webhooks, requests. Moves no money."""
    FINANCE = "finance"
    """The money: refunds, payouts, balances, exports. Sees no credentials."""
    SUPPORT = "support"
    """Looks things up and changes nothing."""
    OPERATOR = "operator"
    """Whoever runs the gateway: everything of every merchant."""


class Permission(StrEnum):
    VIEW = "view"
    """See payments, refunds, payouts, subscriptions, stored cards, shipments and balances."""
    EXPORT = "export"
    """Take lists of them away as files."""
    MANAGE_PAYMENTS = "manage_payments"
    """Capture and void payments; change shipments, subscriptions and stored cards."""
    REFUND = "refund"
    PAY_OUT = "pay_out"
    VIEW_INTEGRATION = "view_integration"
    """See webhooks, requests, the signature tool and the test cards."""
    MANAGE_INTEGRATION = "manage_integration"
    """Send webhooks again."""
    VIEW_SETTINGS = "view_settings"
    """See the merchant's account and its websites and apps."""
    MANAGE_SETTINGS = "manage_settings"
    """Change them."""
    ROTATE_SECRETS = "rotate_secrets"
    """Give apps and the account new keys, which are shown once."""
    MANAGE_TEAM = "manage_team"
    """Invite people, change their roles, disable them."""
    VIEW_AUDIT = "view_audit"
    """See who changed what."""
    OPERATE = "operate"
    """The operator's pages, about all merchants."""


PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.OWNER: frozenset(Permission) - {Permission.OPERATE},
    Role.DEVELOPER: frozenset(
        {
            Permission.VIEW,
            Permission.VIEW_INTEGRATION,
            Permission.MANAGE_INTEGRATION,
            Permission.VIEW_SETTINGS,
            Permission.MANAGE_SETTINGS,
            Permission.ROTATE_SECRETS,
        }
    ),
    Role.FINANCE: frozenset(
        {
            Permission.VIEW,
            Permission.EXPORT,
            Permission.MANAGE_PAYMENTS,
            Permission.REFUND,
            Permission.PAY_OUT,
            Permission.VIEW_SETTINGS,
        }
    ),
    Role.SUPPORT: frozenset({Permission.VIEW}),
    Role.OPERATOR: frozenset(Permission),
}

MERCHANT_ROLES: Final = tuple(role for role in Role if Permission.OPERATE not in PERMISSIONS[role])
"""Roles of a merchant's own people, the most powerful first."""


def may(role: Role, permission: Permission | None) -> bool:
    """Whether a role has a permission; without one, everybody who is signed in may."""
    return permission is None or permission in PERMISSIONS[role]
