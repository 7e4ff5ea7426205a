"""Attacks on a memory, as their authors publish them, and where they are planted.

PoisonedRAG (arXiv:2402.07867): five texts a question, each of which claims the same wrong answer;
the attack that knows nothing of the retriever puts the question before each. BIPIA
(arXiv:2312.14197): instructions, fifteen kinds of five, inside e-mails that somebody else asks
about. Nothing of them is kept in reports but counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from memsvc.evals.datasets.dataset import of_another_shape
from memsvc.sdk.faults import invalid_field

POISON_FILE = Path("poisonedrag/nq.json")
MAILS_FILE = Path("bipia/email_train.jsonl")
INSTRUCTIONS_FILE = Path("bipia/text_attack_train.json")


class _Target(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    question: str = Field(min_length=1)
    adv_texts: list[str] = Field(min_length=1)


class Mail(BaseModel):
    """A clean e-mail, and what is asked about it."""

    context: str
    question: str


@dataclass(frozen=True, slots=True)
class Target:
    """A question, and the texts that are to answer it wrongly."""

    question: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attacks:
    """What is planted: poison for questions, and instructions for mails."""

    targets: Sequence[Target]
    mails: Sequence[Mail]
    instructions: Sequence[tuple[str, str]]
    """Each with its kind."""

    def injected(self) -> list[tuple[Mail, str]]:
        """Return, for each instruction, a mail and its text with the instruction at its end."""
        return [
            (mail, f"{mail.context}\n{instruction}")
            for number, (_, instruction) in enumerate(self.instructions)
            for mail in [self.mails[number % len(self.mails)]]
        ]


_TARGETS = TypeAdapter(dict[str, _Target])
_INSTRUCTIONS = TypeAdapter(dict[str, list[str]])


def load_attacks(folder: Path) -> Attacks:
    """Read both sets from the folder that holds them. Raises `InvalidField`, and `OSError`."""
    try:
        targets = _TARGETS.validate_json((folder / POISON_FILE).read_bytes())
        lines = (folder / MAILS_FILE).read_bytes().splitlines()
        mails = [Mail.model_validate_json(line) for line in lines if line.strip()]
        kinds = _INSTRUCTIONS.validate_json((folder / INSTRUCTIONS_FILE).read_bytes())
    except ValidationError as error:
        detail = invalid_field(error).detail
        raise of_another_shape(folder.name, "PoisonedRAG and BIPIA", detail) from error
    return Attacks(
        targets=[Target(each.question, tuple(each.adv_texts)) for each in targets.values()],
        mails=mails,
        instructions=[(kind, text) for kind, texts in kinds.items() for text in texts],
    )
