"""Groups whose commands are imported when they are named, so that none waits for another's.

A group is told where each of its commands lives and in what words help lists it: to list them all,
none has to be imported.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click
from typing_extensions import override


class Home(NamedTuple):
    """The module of a command, the first sentence of its help, and its name there if another."""

    module: str
    says: str
    written: str | None = None


class Named(click.Group):
    """A group whose commands are found by name, in their own modules, in the order of `homes`."""

    def __init__(self, *args: Any, homes: Mapping[str, Home], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.homes = homes

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.homes)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.homes:
            return None
        home = self.homes[cmd_name]
        command: click.Command = getattr(import_module(home.module), home.written or cmd_name)
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        room = formatter.width - 6 - max(map(len, self.homes))
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, click.Command(name, help=home.says).get_short_help_str(room))
                    for name, home in self.homes.items()
                ]
            )
