"""`polygate user`: people who sign in to the console. The first operator comes from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from polygate.cli import opened, paging, printed
from polygate.cli.mistakes import Mistake
from polygate.cli.owners import known
from polygate.core.access import MERCHANT_ROLES, Role

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from polygate.core.merchants import Merchant
    from polygate.core.people import User
    from polygate.operations.context import Context
    from polygate.operations.people import NewUser
    from polygate.store.reads import Reads

app = typer.Typer(no_args_is_help=True, help="Users: people who sign in to the console, merchants' own and operators.")

Login = Annotated[str, typer.Argument(help="The login name.")]
_ROLES = ", ".join(Role)


@app.command()
def create(
    *,
    login: Annotated[str, typer.Option(help="Login name, in the form of an e-mail address. Nothing is sent to it.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[str, typer.Option(help=f"What they may do: {_ROLES}.")],
    merchant: Annotated[str, typer.Option(help="Whose people they belong to: the merchantNo. Not for operators.")] = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Let somebody sign in to the console. The password is shown only now, and changed at the first sign-in."""
    from polygate.core.people import NO_MERCHANT, login_name, person_name
    from polygate.operations.audit import AT_COMMAND_LINE
    from polygate.operations.people import add_user
    from polygate.store.contract import Taken

    wanted = next((each for each in Role if each == role), None)
    if wanted is None:
        raise Mistake(f"--role must be one of {_ROLES}")
    if (wanted in MERCHANT_ROLES) is not bool(merchant):
        raise Mistake("--merchant goes with every role but operator, and not with that one")
    try:
        spelled, called = login_name(login), person_name(name)
    except ValueError as error:
        raise Mistake(_WRONG[str(error)]) from None
    place = opened.place(data_dir, database_url)

    async def work() -> tuple[NewUser, Merchant | None]:
        async with place.house() as house:
            owner = await known(house.context.reads, merchant) if merchant else None
            try:
                made = await add_user(
                    house.context,
                    AT_COMMAND_LINE,
                    merchant_id=owner.merchant_id if owner else NO_MERCHANT,
                    login=spelled,
                    name=called,
                    role=wanted,
                )
            except Taken:
                raise Mistake(f"somebody has the login name {spelled} already") from None
            return made, owner

    made, owner = opened.run(work())
    printed.record(_summary(made.user, owner) | {"password": made.password.reveal()}, as_json)
    printed.talk("hand the password over now: it is not shown again, and has to be changed at the first sign-in")


_WRONG = {
    "login": "--login must look like an e-mail address, e.g. amy@example.com",
    "name": "--name must have 1 to 64 printable characters",
}


@app.command(name="list")
def list_(
    *,
    merchant: Annotated[str, typer.Option(help="Only this merchant's people, by merchantNo.")] = "",
    limit: paging.Limit = 50,
    after: Annotated[str, typer.Option(help="Go on after this login name.")] = "",
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """List the console's users, the oldest first."""
    place = opened.place(data_dir, database_url)

    async def work() -> list[dict[str, Any]]:
        async with place.store() as store:
            start = (await _known(store.reads, after)).user_id if after else 0
            if merchant:
                owner = await known(store.reads, merchant)
                found = [user for user in await store.reads.users(owner.merchant_id) if user.user_id > start]
            else:
                found = await store.reads.all_users(after=start, limit=limit + 1)
            return [_summary(user, await store.reads.merchant(user.merchant_id)) for user in found[: limit + 1]]

    columns = ("login", "name", "role", "merchant", "enabled", "codes", "since")
    paging.show(opened.run(work()), columns, limit=limit, as_json=as_json, again="polygate user list --after")


@app.command()
def disable(
    login: Login,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Sign somebody out everywhere, and let them in no more."""
    _set_enabled(login, False, opened.place(data_dir, database_url), as_json)


@app.command()
def enable(
    login: Login,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Let somebody sign in again."""
    _set_enabled(login, True, opened.place(data_dir, database_url), as_json)


@app.command(name="reset-password")
def reset_password(
    login: Login,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Give somebody a new password, shown only now and changed at the next sign-in. They are signed out everywhere."""
    from polygate.operations import people
    from polygate.operations.audit import AT_COMMAND_LINE

    passwords: list[str] = []

    async def change(context: Context, user: User) -> User:
        made = await people.reset_password(context, AT_COMMAND_LINE, user)
        passwords.append(made.password.reveal())
        return made.user

    changed = _changed(login, change, opened.place(data_dir, database_url))
    printed.record(changed | {"password": passwords[0]}, as_json)


@app.command(name="reset-code")
def reset_code(
    login: Login,
    data_dir: opened.DataDir = None,
    database_url: opened.DatabaseUrl = None,
    as_json: printed.AsJson = False,
) -> None:
    """Forget the authenticator of somebody who lost it. They are signed out, and set up a new one later."""
    from polygate.operations import people
    from polygate.operations.audit import AT_COMMAND_LINE

    place = opened.place(data_dir, database_url)
    changed = _changed(login, lambda context, user: people.reset_codes(context, AT_COMMAND_LINE, user), place)
    printed.record(changed, as_json)


def _set_enabled(login: str, enabled: bool, place: opened.Place, as_json: bool) -> None:
    from polygate.operations import people
    from polygate.operations.audit import AT_COMMAND_LINE

    async def change(context: Context, user: User) -> User:
        try:
            return await people.set_enabled(context, AT_COMMAND_LINE, user, enabled=enabled)
        except people.LastOwner:
            raise Mistake(f"{user.login} is the last {user.role.value}: create another one first") from None

    printed.record(_changed(login, change, place), as_json)


def _changed(login: str, change: Callable[[Context, User], Awaitable[User]], place: opened.Place) -> dict[str, Any]:
    async def work() -> tuple[User, Merchant | None]:
        async with place.house() as house:
            user = await change(house.context, await _known(house.context.reads, login))
            return user, await house.context.reads.merchant(user.merchant_id)

    return _summary(*opened.run(work()))


async def _known(reads: Reads, login: str) -> User:
    """The user of a login name. Raises Mistake."""
    user = await reads.user_by_login(login.strip().lower())
    if user is None:
        raise Mistake(f"there is no user {printed.plain(login)}; `polygate user list` shows them")
    return user


def _summary(user: User, owner: Merchant | None) -> dict[str, Any]:
    return {
        "login": user.login,
        "name": user.name,
        "role": user.role.value,
        "merchant": owner.merchant_no if owner else "",
        "enabled": user.enabled,
        "codes": user.has_codes,
        "since": printed.moment(user.created_ms),
    }
