"""The family of commands, and how each of them ends.

A command is imported when it is named, so that none waits for another's libraries. What goes wrong
in any of them ends in one line on standard error and a documented exit code.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import NoReturn

import click
from typing_extensions import override

from memsvc.cli import BROKEN
from memsvc.domain import errors
from memsvc.domain.errors import MemsvcError
from memsvc.server.logs import configure

USAGE = 2
REFUSED = 3
UNAVAILABLE = 4
INTERRUPTED = 130

CODES: Mapping[type[MemsvcError], int] = {
    errors.InvalidRequest: USAGE,
    errors.Refused: REFUSED,
    errors.NotFound: REFUSED,
    errors.Conflict: REFUSED,
    errors.Unavailable: UNAVAILABLE,
    errors.Broken: BROKEN,
    errors.MemsvcError: BROKEN,
}

HOMES = {
    "serve": "memsvc.cli.serve",
    "write": "memsvc.cli.memory",
    "recall": "memsvc.cli.memory",
    "events": "memsvc.cli.events",
    "entities": "memsvc.cli.entities",
    "graph": "memsvc.cli.graph",
    "profile": "memsvc.cli.profile",
    "verify": "memsvc.cli.memory",
    "novelty": "memsvc.cli.novelty",
    "order": "memsvc.cli.times",
    "timeline": "memsvc.cli.times",
    "places": "memsvc.cli.times",
    "whereabouts": "memsvc.cli.times",
    "document": "memsvc.cli.documents",
    "facts": "memsvc.cli.facts",
    "notes": "memsvc.cli.notes",
    "experiences": "memsvc.cli.experiences",
    "forget": "memsvc.cli.forget",
    "quarantine": "memsvc.cli.quarantine",
    "feedback": "memsvc.cli.feedback",
    "rollback": "memsvc.cli.rollback",
    "digest": "memsvc.cli.rollback",
    "export": "memsvc.cli.moves",
    "import": "memsvc.cli.moves",
    "backup": "memsvc.cli.backups",
    "restore": "memsvc.cli.backups",
    "canaries": "memsvc.cli.canaries",
    "keys": "memsvc.cli.keys",
    "doctor": "memsvc.cli.doctor",
    "migrate": "memsvc.cli.upkeep",
    "model": "memsvc.cli.upkeep",
    "eval": "memsvc.cli.evaluate",
    "demo": "memsvc.cli.show",
    "bench": "memsvc.cli.bench",
}

WRITTEN_OTHERWISE = {"eval": "evaluate", "import": "import_file"}
"""Commands whose names Python has taken, and what they are called in their modules."""

EPILOG = """\b
Exit codes
  0  done
  1  done, and something was found to be wrong (doctor, verify)
  2  the command or its input is not valid
  3  refused, not found, or in conflict with what is there
  4  the service cannot be reached or is not ready; try again
  5  the installation needs a person
  130  interrupted

\b
Every setting is an environment variable MEMSVC_NAME; commands that ask a service
find it by MEMSVC_URL and MEMSVC_KEY, else on this machine by its key file."""


class Family(click.Group):
    """A group whose commands are found by name, in their own modules."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(HOMES)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in HOMES:
            return None
        name = WRITTEN_OTHERWISE.get(cmd_name, cmd_name)
        command: click.Command = getattr(import_module(HOMES[cmd_name]), name)
        return command

    @override
    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except MemsvcError as error:
            _end(error.detail, exit_code(error))
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] in {"memsvc", "store", "retrieval", "graph"}:
                raise
            _end(f"{error.name} is not installed; run `pip install 'memsvc[server]'`.", BROKEN)
        except (KeyboardInterrupt, click.Abort):
            _end("interrupted.", INTERRUPTED)


def exit_code(error: MemsvcError) -> int:
    """Return the code that a command ends with after this error."""
    return next(CODES[kind] for kind in type(error).__mro__ if kind in CODES)


def _end(sentence: str, code: int) -> NoReturn:
    click.echo(f"error: {sentence}", err=True)
    sys.exit(code)


@click.group(cls=Family, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
def memsvc() -> None:
    """Keep the memory of LLM agents: write what happened, ask, and get what matters."""
    configure(level="warning")  # to standard error; standard output is for answers
