"""`kpm users`: accounts of people who log in."""

from __future__ import annotations

import sys

import click

from server.accounts import users
from server.accounts.users import User
from server.cli.context import Session
from server.clock import wall_clock
from server.database.engine import reading, writing

PASSWORD_STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group("users")
def users_group() -> None:
    """People who log in."""


@users_group.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(users.ROLES), required=True, help="What they may do.")
@click.option("--region", metavar="CODE", required=True, help="Where: a region's code, or ID for an admin of it all.")
@click.option("--name", help="Their name; default: the email.")
@PASSWORD_STDIN
@click.pass_obj
def users_add(session: Session, email: str, role: str, region: str, name: str | None, password_stdin: bool) -> None:
    """Opens an account; asks for its password."""
    asked = User(email, name or email, role, region)
    password = _password(password_stdin)
    with writing(session.engine) as connection:
        user = users.add(connection, asked, password, wall_clock())
    click.echo(f"{user.email}  {user.role}  {user.region}: akun dibuka / account opened")


@users_group.command("list")
@click.pass_obj
def users_list(session: Session) -> None:
    """Lists the accounts, and which are closed or locked."""
    now = wall_clock()
    with reading(session.engine) as connection:
        for account in users.all_accounts(connection):
            user, state = account.user, ""
            if account.closed_at:
                state = "  ditutup / closed"
            elif account.locked_until and account.locked_until > now:
                until = account.locked_until.astimezone(session.settings.timezone)
                state = f"  terkunci sampai / locked until {until:%H:%M}"
            click.echo(f"{user.region}  {user.role}  {user.email}  {user.name}{state}")


@users_group.command("password")
@click.argument("email")
@PASSWORD_STDIN
@click.pass_obj
def users_password(session: Session, email: str, password_stdin: bool) -> None:
    """Gives somebody a new password, logs them out everywhere and lifts a lock."""
    password = _password(password_stdin)
    with writing(session.engine) as connection:
        users.set_password(connection, email, password)
    click.echo(f"{email}: kata sandi diganti / password changed")


@users_group.command("close")
@click.argument("email")
@click.pass_obj
def users_close(session: Session, email: str) -> None:
    """Shuts somebody out; what they looked at stays on record."""
    with writing(session.engine) as connection:
        users.close(connection, email, wall_clock())
    click.echo(f"{email}: akun ditutup / account closed")


def _password(from_stdin: bool) -> str:
    """The password: the first line of standard input, or what is typed twice, unseen."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Kata sandi / password", hide_input=True, confirmation_prompt=True)
    return typed
