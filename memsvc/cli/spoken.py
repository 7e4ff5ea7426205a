"""The language model that the settings name, for commands that talk with one."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from memsvc.cli.reach import settings_with
from memsvc.domain.errors import ModelMissing
from memsvc.models import open_language_model
from memsvc.ports.language import LanguageModel


@contextmanager
def configured_model() -> Iterator[LanguageModel]:
    """Lend the model that the settings name; asked nothing yet. Raises `ModelMissing` for none."""
    model = open_language_model(settings_with())
    if model is None:
        raise ModelMissing(
            "No language model is set; name one that speaks the OpenAI form in MEMSVC_LLM_URL "
            "(for instance http://127.0.0.1:8000/v1) and MEMSVC_LLM_MODEL."
        )
    with closing(model):
        yield model
