"""The family of commands, and how each of them ends.

What goes wrong in any of them ends in one line on standard error and a documented exit code.
"""

import sys
from collections.abc import Mapping
from typing import NoReturn

import click
from typing_extensions import override

from memsvc.cli import BROKEN
from memsvc.cli.named import Home, Named
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

EXTRAS = {"mcp": "mcp", "mcp_types": "mcp", "psycopg": "postgres"}
"""What brings a library that a command needs, where it is not `[server]`."""

HOMES = {
    "serve": Home(
        "memsvc.cli.serve",
        "Run the service: REST, health, metrics and the enrichment worker in one process.",
    ),
    "worker": Home(
        "memsvc.cli.worker",
        "Work off what writes have left to do, beside replicas that share a database.",
    ),
    "mcp": Home(
        "memsvc.cli.mcp",
        "Offer the memory's tools over the Model Context Protocol, on standard input and output.",
    ),
    "write": Home(
        "memsvc.cli.memory",
        "Append TEXT (or standard input, for -) or the turns of a file to STREAM of SPACE.",
    ),
    "recall": Home(
        "memsvc.cli.memory",
        "Ask SPACE a QUESTION: hits best first, each with the arms that found it.",
    ),
    "chat": Home(
        "memsvc.cli.chat",
        "Talk with a language model that reads memory before it speaks and keeps what is said.",
    ),
    "events": Home(
        "memsvc.cli.events",
        "List the events of SPACE in the order in which they closed, or draw how they were cut.",
    ),
    "entities": Home(
        "memsvc.cli.entities",
        "List what turns name, show one by NAME, merge, rename, unlink turns, and take that back.",
    ),
    "graph": Home(
        "memsvc.cli.graph",
        "Look at the graph of a space: around --node, or what a --question activates.",
    ),
    "profile": Home(
        "memsvc.cli.profile",
        "Print standing instructions, facts and preferences of the user of SPACE.",
    ),
    "verify": Home(
        "memsvc.cli.memory",
        "Check the ledger of SPACE, and the turns it speaks of; exit 1 when it is broken.",
    ),
    "novelty": Home(
        "memsvc.cli.novelty",
        "Say how new TEXT is to SPACE: known, altered, similar or new; and what comes nearest.",
    ),
    "order": Home(
        "memsvc.cli.times",
        "Say which of the passages A and B came first in SPACE, and where each of them stands.",
    ),
    "timeline": Home(
        "memsvc.cli.times",
        "Print what happened in SPACE between two times, whatever its stream, in order.",
    ),
    "places": Home(
        "memsvc.cli.times",
        "List the places of SPACE with how many turns happened there, and when the last did.",
    ),
    "whereabouts": Home(
        "memsvc.cli.times",
        "Say where OF was last: where the latest turn of SPACE happened that names it.",
    ),
    "document": Home(
        "memsvc.cli.documents",
        "Write files (txt, md, html, pdf) as documents; show, list and delete them.",
    ),
    "facts": Home(
        "memsvc.cli.facts",
        "Have turns say what was extracted from them, and list what they say.",
    ),
    "notes": Home(
        "memsvc.cli.notes",
        "Keep notes: one idea each, with what helps to find it.",
    ),
    "experiences": Home(
        "memsvc.cli.experiences",
        "Keep what was tried with a tool, and ask what was before trying again.",
    ),
    "forget": Home(
        "memsvc.cli.forget",
        "Forget the turns of SPACE that all options hold of, and leave a receipt.",
    ),
    "quarantine": Home(
        "memsvc.cli.quarantine",
        "List what a space holds back, release it or reject it.",
    ),
    "feedback": Home(
        "memsvc.cli.feedback",
        "Say whether a hit helped, was wrong or is outdated.",
    ),
    "pins": Home(
        "memsvc.cli.pins",
        "Keep questions with the turns that should answer them, and see whether they still do.",
    ),
    "rollback": Home(
        "memsvc.cli.rollback",
        "Roll what is derived or edited in SPACE back; what was forgotten stays forgotten.",
    ),
    "runs": Home(
        "memsvc.cli.rollback",
        "List the runs of enrichment in SPACE, the newest first, with what of each stands.",
    ),
    "move": Home(
        "memsvc.cli.moving",
        "Copy the store at FROM to TO; each is a data directory or a postgresql:// URL.",
    ),
    "digest": Home(
        "memsvc.cli.rollback",
        "Print a keyed digest of all that stands in SPACE; equal ones mean equal states.",
    ),
    "export": Home(
        "memsvc.cli.moves",
        "Write the whole SPACE to FILE, one JSON object a line; to standard output without FILE.",
    ),
    "import": Home(
        "memsvc.cli.moves",
        "Bring the lines of FILE (standard input, for -) into SPACE.",
        written="import_file",
    ),
    "backup": Home(
        "memsvc.cli.backups",
        "Copy the whole installation, every space and key, to DEST: a file, or a folder for it.",
    ),
    "restore": Home(
        "memsvc.cli.backups",
        "Check the backup FILE in full, then make it the data directory's database.",
    ),
    "canaries": Home(
        "memsvc.cli.canaries",
        "Plant sentences that stand nowhere else, and look where they leaked to.",
    ),
    "keys": Home(
        "memsvc.cli.keys",
        "List, make and revoke keys; for an admin of all spaces.",
    ),
    "reembed": Home(
        "memsvc.cli.reembed",
        "Change the embedding model with no downtime: begin, compare, switch, undo, drop.",
    ),
    "doctor": Home(
        "memsvc.cli.doctor",
        "Check data directory, database, ledgers, lexicon, vectors and models; exit 1 if wrong.",
    ),
    "migrate": Home(
        "memsvc.cli.upkeep",
        "Bring the database to the shape of this version, and make the first admin key.",
    ),
    "model": Home(
        "memsvc.cli.upkeep",
        "Bring in the embedding model: find it, export it once, print folder and fingerprint.",
    ),
    "eval": Home(
        "memsvc.cli.evaluate",
        "Measure recall on public data; each run has its baselines beside it.",
        written="evaluate",
    ),
    "demo": Home(
        "memsvc.cli.show",
        "Write a sample conversation, ask it questions, and show hits with their reasons.",
    ),
    "bench": Home(
        "memsvc.cli.bench",
        "Measure speed over HTTP beside the bare embedder, in one run.",
    ),
}

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


class Family(Named):
    """The commands themselves; what goes wrong in one of them ends it in a line and a code."""

    @override
    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except MemsvcError as error:
            _end(error.detail, exit_code(error))
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] in {"memsvc", "store", "retrieval", "graph"}:
                raise
            extra = EXTRAS.get((error.name or "").partition(".")[0], "server")
            _end(f"{error.name} is not installed; run `pip install 'memsvc[{extra}]'`.", BROKEN)
        except (KeyboardInterrupt, click.Abort):
            _end("interrupted.", INTERRUPTED)


def exit_code(error: MemsvcError) -> int:
    """Return the code that a command ends with after this error."""
    return next(CODES[kind] for kind in type(error).__mro__ if kind in CODES)


def _end(sentence: str, code: int) -> NoReturn:
    click.echo(f"error: {sentence}", err=True)
    sys.exit(code)


@click.group(
    cls=Family, homes=HOMES, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
def memsvc() -> None:
    """Keep the memory of LLM agents: write what happened, ask, and get what matters."""
    configure(level="warning")  # to standard error; standard output is for answers
