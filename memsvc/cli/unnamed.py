"""Groups of commands of which one need not be named: `memsvc entities Lisbon`."""

from typing import Any

import click
from typing_extensions import override

HELP = ("-h", "--help")


class WithUnnamed(click.Group):
    """A group that takes whatever names none of its commands for arguments of one of them."""

    def __init__(self, *args: Any, unnamed: str, **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self._unnamed = unnamed

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *HELP}:
            args = [self._unnamed, *args]
        return super().parse_args(ctx, args)
