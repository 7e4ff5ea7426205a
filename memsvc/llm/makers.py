"""Who made something, as it remembers it: which model, asked by which prompts."""

from memsvc.ports.language import LanguageModel
from memsvc.prompts.rendering import prompt

LONGEST_MODEL = 100
"""Characters of a model's name that are kept; a path may be long, and its end tells most."""


def maker_of(model: LanguageModel, *prompts: str) -> str:
    """Return a name for what a model makes by prompts: at most 200 characters."""
    return "/".join((model.name[-LONGEST_MODEL:], *(prompt(one).version for one in prompts)))
