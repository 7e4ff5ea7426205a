"""Settings: one field, one environment variable, one line of documentation.

`MEMSVC_PORT=8080 memsvc serve` sets `port`. A test holds docs/settings.md to this list.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _data_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "memsvc"


def _models_home() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "memsvc" / "models"


class Settings(BaseSettings):
    """Everything that may be set, with defaults that suit one machine."""

    model_config = SettingsConfigDict(env_prefix="MEMSVC_", extra="ignore", frozen=True)

    data: Path = Field(
        default_factory=_data_home,
        description="Directory of the database and the first admin key; one process at a time.",
    )
    database: str = Field(
        default="",
        repr=False,
        description="PostgreSQL database that holds the rows instead of a file in the data "
        "directory, `postgresql://user:password@host:5432/name`; needs `memsvc[postgres]`.",
    )
    search: Literal["auto", "memory", "database"] = Field(
        default="auto",
        description="Where vectors and words are searched: in the `memory` of the process, or in "
        "the `database` (PostgreSQL with pgvector 0.8 or newer); `auto` is there where it can be.",
    )
    replica: bool = Field(
        default=False,
        description="Share the database with other replicas and workers; needs MEMSVC_DATABASE, "
        "brought to this version by `memsvc migrate`.",
    )
    database_statement_s: float = Field(
        default=0.0,
        ge=0,
        description="Longest time for one statement in PostgreSQL; 0 sets no limit.",
    )
    database_lock_s: float = Field(
        default=30.0,
        ge=0,
        description="Longest wait for another writer in PostgreSQL, of whatever process; longer "
        "answers 503; 0 sets no limit.",
    )
    models: Path = Field(
        default_factory=_models_home,
        description="Directory of exported models; may be shared between data directories.",
    )
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; loopback unless told otherwise."
    )
    port: int = Field(default=7077, ge=0, le=65_535, description="Port to listen on.")
    mcp_hosts: str = Field(
        default="",
        description="Names of this host under which `/mcp` may be asked, with commas in between; "
        "addresses and `localhost` always may.",
    )
    embedder: str = Field(
        default="all-MiniLM-L6-v2",
        description="Embedding model: a sentence-transformers name or folder, a folder with an "
        "exported ONNX model, or `hashing` (no model, for trying things out; `hashing-128` with so "
        "many numbers).",
    )
    embedder_threads: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Processor threads that one embedding, or one reading by the surprise model "
        "or the reranker, may use.",
    )
    tokens: bool = Field(
        default=True,
        description="Keep what the model says of each token of a turn, 128 bytes a token, and rank "
        "by it; without, recalls are answered by the vectors of whole turns and by words.",
    )
    surprise_model: str = Field(
        default="",
        description="Causal language model that tells how unexpected a turn's tokens are: a folder "
        "in the layout of transformers, or a name that the hub's cache holds already "
        "(`hf download NAME`), for nothing is fetched at a start; needs `memsvc[models]`. `llm` is "
        "the model of MEMSVC_LLM, or of MEMSVC_LLM_URL where its server tells the odds of "
        "prompts, as vLLM does.",
    )
    llm_url: str = Field(
        default="",
        description="Server of a language model that speaks the OpenAI form, with its `/v1`, for "
        "instance `http://127.0.0.1:8000/v1`; needs a model too. No write and no start waits for "
        "it, and nothing is sent anywhere where none is set.",
    )
    llm_model: str = Field(
        default="", description="Name of the language model, as its server knows it."
    )
    llm_key: str = Field(
        default="",
        repr=False,
        description="Key to send to the language model's server, and to no other.",
    )
    llm_at_once: int = Field(
        default=4, ge=1, le=64, description="Asks that the language model is sent at the same time."
    )
    llm_tokens: int = Field(
        default=0,
        ge=0,
        description="Tokens that the language model reads and writes in one ask; 0 for what its "
        "server says, or 4,096 where it says nothing.",
    )
    llm_within_s: float = Field(
        default=120.0,
        gt=0,
        le=3600,
        description="Longest time for one ask of the language model by the service's own work, "
        "tries and a model's loading included.",
    )
    llm_recall_s: float = Field(
        default=8.0,
        gt=0,
        le=300,
        description="Longest time that a recall waits for the language model, for clues and for "
        "facts together; then it goes on without. Nothing waits where neither is asked for.",
    )
    llm_extra: dict[str, object] = Field(
        default_factory=dict,
        description="JSON object that stands in every request to the language model's server, for "
        'instance `{"chat_template_kwargs": {"enable_thinking": false}}`.',
    )
    llm: str = Field(
        default="",
        description="Language model that runs in this process: a folder in the layout of "
        "transformers, or a name that the hub's cache holds already (`hf download NAME`), for "
        "nothing is fetched; its weights are read when it is first asked; needs `memsvc[llm]`.",
    )
    llm_device: str = Field(
        default="",
        pattern=r"^(cpu|cuda(:\d+)?)?$",
        description="Where that model runs: `cpu`, `cuda` or `cuda:1`; empty takes a GPU where "
        "there is one.",
    )
    llm_dtype: Literal["", "bf16", "fp32"] = Field(
        default="",
        description="Precision that it runs in, `bf16` or `fp32`; empty takes bf16 on a GPU that "
        "has it and fp32 elsewhere.",
    )
    llm_idle_s: float = Field(
        default=0.0,
        ge=0,
        description="Seconds without an ask after which it gives its memory back, to be read anew "
        "by the next one; 0 keeps it.",
    )
    reranker: str = Field(
        default="",
        description="Cross-encoder that reads the best candidates of a recall beside the question: "
        "a folder in the layout of sentence-transformers or transformers, or a name that the hub's "
        "cache holds already (`hf download NAME`), for nothing is fetched at a start; needs "
        "`memsvc[models]`. Or `llm`: the language model reads them as a list.",
    )
    rerank_wait_s: float = Field(
        default=2.0,
        gt=0,
        le=60,
        description="Longest time that a recall waits for the reranker; then it goes on without.",
    )
    language: str = Field(
        default="english",
        description="Language whose word forms the lexicon folds together; `none` folds nothing.",
    )
    request_threads: int = Field(
        default=16, ge=1, le=256, description="Requests that are worked on at once."
    )
    waiting_requests: int = Field(
        default=256, ge=0, description="Requests that may wait for their turn; more answer 429."
    )
    request_wait_s: float = Field(
        default=10.0, gt=0, description="Longest wait for a turn; longer answers 429."
    )
    readers: int = Field(
        default=16,
        ge=1,
        le=256,
        description="Database connections for reading; PostgreSQL sees one more for writing and "
        "one that tells who is there.",
    )
    waiting_writes: int = Field(
        default=256, ge=1, description="Writes that may wait for the writer; more answer 429."
    )
    index_bytes: int = Field(
        default=2 * 1024**3, ge=0, description="Memory for the indexes of all spaces in use."
    )
    max_body_bytes: int = Field(
        default=16 * 1024**2, ge=1024, description="Longest request body; longer answers 413."
    )
    max_import_bytes: int = Field(
        default=4 * 1024**3,
        ge=1024,
        description="Longest import; longer answers 413. A line may be as long as a request body.",
    )
    max_held_bytes: int = Field(
        default=128 * 1024**2,
        ge=1024,
        description="Memory for the bodies of all requests waiting or worked on; more answer 429.",
    )
    body_wait_s: float = Field(
        default=60.0, gt=0, description="Longest time for a body to come whole; longer answers 408."
    )
    max_turn_chars: int = Field(
        default=200_000, ge=1, description="Longest text of one turn; longer answers 413."
    )
    max_document_bytes: int = Field(
        default=8 * 1024**2,
        ge=1,
        description="Longest document, as a file and as the text in it; longer answers 413.",
    )
    max_document_pages: int = Field(
        default=500, ge=1, description="Most pages of a PDF; more answer 413."
    )
    max_document_paragraphs: int = Field(
        default=5_000, ge=1, description="Most paragraphs of a document; more answer 413."
    )
    document_seconds: int = Field(
        default=20,
        ge=1,
        le=600,
        description="Longest time that reading a document's file may take, in seconds.",
    )
    position_wait_s: float = Field(
        default=5.0, ge=0, le=60, description="Longest wait for a recall's min_position."
    )
    enrich: bool = Field(default=True, description="Work off the outbox in the serving process.")
    log_level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="Least level logged."
    )
    log_json: bool = Field(
        default=False, description="Log one JSON object a line instead of readable lines."
    )

    @property
    def named_hosts(self) -> frozenset[str]:
        """The names in `mcp_hosts`, as they are compared."""
        return frozenset(name.strip().lower() for name in self.mcp_hosts.split(",") if name.strip())
