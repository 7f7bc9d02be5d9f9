"""Which commands of `kpm` are found in other modules: each is imported when it is asked for, as all together take a
second of processor time."""

from __future__ import annotations

from importlib import import_module

import click

from server.cli.plain_errors import PlainErrors

# By the name of a command, the module here and what it is called there.
_ELSEWHERE = {
    "forms": ("workbooks", "forms_group"),
    "indicators": ("workbooks", "indicators_group"),
    "checks": ("workbooks", "checks_group"),
    "phones": ("phones", "phones_group"),
    "users": ("users", "users_group"),
    "history": ("people", "history"),
    "duplicates": ("people", "duplicates"),
    "merge": ("people", "merge"),
    "move": ("people", "move"),
    "undo": ("people", "undo"),
    "corrections": ("people", "corrections_group"),
    "performance": ("performance", "performance_command"),
    "export": ("export", "export_command"),
    "status": ("state", "status_command"),
}


class Commands(PlainErrors):
    """All commands, also those that are not imported yet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None where there is none."""
        if cmd_name in _ELSEWHERE and cmd_name not in self.commands:
            module, name = _ELSEWHERE[cmd_name]
            self.add_command(getattr(import_module(f"server.cli.{module}"), name), cmd_name)
        return super().get_command(ctx, cmd_name)
