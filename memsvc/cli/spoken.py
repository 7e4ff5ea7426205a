"""The language model that the settings name, for commands that talk with one."""

from collections.abc import Iterator
from contextlib import contextmanager

from memsvc.domain.errors import ModelMissing
from memsvc.ports.language import LanguageModel


@contextmanager
def configured_model() -> Iterator[LanguageModel]:
    """Lend the model that the settings name. Raises `ModelMissing` where they name none."""
    raise ModelMissing("No language model is set.")
    yield
