"""The language model that helps recalls while they are measured: there, recorded, or none."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from memsvc.cli.reach import settings_with
from memsvc.llm.recorded import Recorder, Replayed
from memsvc.models import open_language_model
from memsvc.ports.language import LanguageModel

SKIPPED = (
    "skipped: the rows with a language model, for none is set; name one by MEMSVC_LLM_URL (for "
    "instance http://127.0.0.1:8000/v1) and MEMSVC_LLM_MODEL, or one in this process by "
    "MEMSVC_LLM; or name what one said before by --said."
)

said_option = click.option(
    "--said",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep what the language model says in this file; where no model is set, take it from "
    "there.",
)


@contextmanager
def helper(said: Path | None, *, is_wanted: bool) -> Iterator[LanguageModel | None]:
    """Lend the language model that helps, if it is wanted; without one, say that on stderr.

    Raises `ModelUnavailable` for a file that holds nothing of a model.
    """
    if not is_wanted:
        yield None
        return
    model = open_language_model(settings_with())
    if model is not None:
        with closing(model):
            yield model if said is None else Recorder(model, said)
    elif said is not None and said.exists():
        yield Replayed(said)
    else:
        click.echo(SKIPPED, err=True)
        yield None
