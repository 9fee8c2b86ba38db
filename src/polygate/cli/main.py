"""The `polygate` command: its groups, and the one place where a mistake becomes a sentence, not a traceback."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from polygate import __version__
from polygate.cli import app as apps
from polygate.cli import (
    app_rights,
    block,
    call,
    demo,
    doctor,
    merchant_channel,
    payment,
    payment_changes,
    payout,
    payout_by_hand,
    rotation,
    server,
    stored_card,
    subscription,
    user,
    webhook,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Polygate, a self-hosted payment gateway. Start with `polygate demo`.",
)
app.command()(demo.demo)
app.command()(server.serve)
app.command()(server.worker)
app.command()(server.migrate)
app.command(name="master-key")(server.master_key)
app.command(name="rotate-master-key")(rotation.rotate_master_key)
merchant_channel.app.add_typer(rotation.merchants)
app.add_typer(merchant_channel.app, name="merchant")
apps.app.add_typer(app_rights.app)
apps.app.add_typer(rotation.apps)
app.add_typer(apps.app, name="app")
payment.app.add_typer(payment_changes.app)
payout.app.add_typer(payout_by_hand.app)
app.add_typer(payment.app, name="payment")
app.add_typer(subscription.app, name="subscription")
app.add_typer(payout.app, name="payout")
app.add_typer(stored_card.app, name="stored-card")
app.add_typer(webhook.app, name="webhook")
app.add_typer(call.app, name="call")
app.add_typer(block.app, name="block")
app.add_typer(user.app, name="user")
app.command()(doctor.doctor)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"polygate {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Polygate, a self-hosted payment gateway. Start with `polygate demo`."""


def main() -> None:
    """Run the command; exit status 2 for what the caller can mend, 1 for what failed."""
    from polygate.cli.mistakes import exit_status

    try:
        app()
    except Exception as error:
        status = exit_status(error)
        if status is None:
            raise
        typer.secho(f"polygate: {error}", err=True, fg=typer.colors.RED)
        sys.exit(status)
