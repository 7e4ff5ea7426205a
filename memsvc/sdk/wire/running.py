"""How the service runs: its ledger, its outbox, its keys and its health."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from memsvc.domain.access import Role
from memsvc.domain.ledger import Change
from memsvc.domain.work import Step
from memsvc.sdk.checked import MAX_BATCH, Label, NameOrAll
from memsvc.sdk.wire.base import Answer, Request


class LedgerEntry(Answer):
    """One change. Hashes and digests are hexadecimal."""

    position: int
    change: Change
    subject: str
    digest: str
    actor: str
    at: datetime
    hash: str


class LedgerVerdict(Answer):
    """What checking the chain, and the rows it speaks of, found."""

    is_whole: bool
    entries: int
    head: str
    broken_at: int | None = None
    reason: str | None = None


class ParkedJob(Answer):
    """Work that failed all its tries."""

    turn: str
    step: Step
    attempts: int
    reason: str
    since: datetime


class TokensSpent(Answer):
    """Tokens that a language model read and wrote, and how often it was asked."""

    read: int = Field(description="Tokens that it read.")
    written: int = Field(description="Tokens that it wrote.")
    asks: int = Field(description="How often it was asked, repairs included.")


class Enrichment(Answer):
    """How far the outbox is behind."""

    waiting: dict[Step, int]
    parked: list[ParkedJob]
    done: int
    lag_s: float = Field(description="Age of the oldest waiting job in seconds.")
    spent: dict[Step, TokensSpent] = Field(
        default_factory=dict,
        description="What a language model read and wrote for the space so far, by step.",
    )
    resting_until: datetime | None = Field(
        default=None,
        description="When the steps of a language model go on, where the space has spent its "
        "tokens of this hour; null while it has some.",
    )


class Retried(Answer):
    """How many jobs were made due again: parked ones, and those of runs that were rolled back."""

    jobs: int


class NewKey(Request):
    """A key to make."""

    name: Label
    role: Role
    spaces: list[NameOrAll] = Field(
        min_length=1, max_length=MAX_BATCH, description='Names of spaces, or "*" for all of them.'
    )


class KeyInfo(Answer):
    """A key, without its secret."""

    id: str
    name: str
    role: Role
    spaces: list[str]
    created_at: datetime


class MadeKey(KeyInfo):
    """A new key with its secret, which is shown this once."""

    secret: str


class Health(Answer):
    """Liveness."""

    status: Literal["ok"] = "ok"
    version: str


class Readiness(Answer):
    """Readiness, with a reason for each part that is not ready."""

    ready: bool
    parts: dict[str, str] = Field(description="Each part's state: ok, or what is missing.")


class StoreInfo(Answer):
    """What rows are kept in, and what finds vectors and words in them."""

    kind: Literal["sqlite", "postgresql"] = Field(
        description="sqlite: a file in the data directory; postgresql: a database on a server."
    )
    search: Literal["memory", "database"] = Field(
        description="memory: indexes in the memory of the process; database: asked there."
    )
    is_shared: bool = Field(description="Whether other replicas and workers may have it open, too.")


class SettingInForce(Answer):
    """A setting as the service has it."""

    name: str = Field(description="As in docs/settings.md.")
    variable: str = Field(description="The environment variable that sets it.")
    value: str | int | float | bool | None = Field(
        default=None,
        description="An address comes without name, password and question, and empty where they "
        "cannot be told apart; null for a secret.",
    )
    is_secret: bool = Field(description="Only whether it is set is told.")
    is_set: bool = Field(description="It was given, and does not stand as it is by default.")
    meaning: str = Field(description="What it sets.")


class ServiceInfo(Answer):
    """What a service stands on and how it is set."""

    version: str = Field(description="Which release of the software it is.")
    store: StoreInfo = Field(description="What keeps its rows and finds in them.")
    settings: list[SettingInForce] = Field(description="All there are, in the order of the docs.")
