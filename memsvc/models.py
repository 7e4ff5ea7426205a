"""The models that the settings name, opened: a part of the composition root.

None is asked for anything here that could make a start wait for a server.
"""

import re
from typing import TYPE_CHECKING

import structlog

from memsvc.config import Settings
from memsvc.domain.errors import ModelMissing
from memsvc.llm.causal import open_causal, surprisal_of
from memsvc.llm.embed_onnx import open_onnx
from memsvc.llm.exported import is_ready
from memsvc.llm.fakes import HashingEmbedder
from memsvc.llm.provision import prepare
from memsvc.llm.rerank_listwise import ListwiseReranker
from memsvc.llm.rerank_st import open_cross_encoder
from memsvc.ports.language import LanguageModel
from memsvc.ports.models import Embedder, Reranker, Surprisal

if TYPE_CHECKING:  # at run time they are imported where a model is set
    from memsvc.llm.local import LocalModel
    from memsvc.llm.openai_http import HttpModel
    from memsvc.llm.openai_sending import Sending
    from memsvc.llm.openai_surprisal import HttpSurprisal

log = structlog.get_logger(__name__)

HASHING = "hashing"
_HASHING = re.compile(r"hashing(?:-([1-9][0-9]{0,3}))?")
LANGUAGE_MODEL = "llm"
"""The name under which a setting that names a model means the language model."""


def open_embedder(settings: Settings) -> Embedder:
    """Return the embedder that the settings name; exports its model first when need be."""
    if hashing := _HASHING.fullmatch(settings.embedder):
        return HashingEmbedder(int(hashing[1])) if hashing[1] else HashingEmbedder()
    folder = prepare(settings.embedder, settings.models)
    return open_onnx(folder, threads=settings.embedder_threads, tokens=settings.tokens)


def open_another(settings: Settings, name: str) -> Embedder:
    """Return an embedder by name, as one among the exported models; the set one by its setting.

    Exports nothing: a running service is asked for it. Raises `ModelMissing`.
    """
    if name == settings.embedder or _HASHING.fullmatch(name):
        return open_embedder(settings.model_copy(update={"embedder": name}))
    folder = settings.models / name.replace("/", "--")
    if name.startswith(".") or not is_ready(folder):
        raise ModelMissing(
            f"There is no exported model {name!r} among those in MEMSVC_MODELS; export it with "
            f"`memsvc model --name {name}`, which leaves a running service alone."
        )
    return open_onnx(folder, threads=settings.embedder_threads, tokens=settings.tokens)


def open_surprisal(
    settings: Settings, language_model: LanguageModel | None = None
) -> Surprisal | None:
    """Load the causal language model that the settings name; None when they name none.

    Takes seconds and holds the model's size in memory; under the name `llm`, the language model in
    this process tells surprise with the weights that it has, and has them read now. One behind HTTP
    is not asked before it is used. Raises `ModelMissing` and `ModelUnavailable`.
    """
    name = settings.surprise_model
    if name != LANGUAGE_MODEL:
        return open_causal(name, threads=settings.embedder_threads) if name else None
    if not settings.llm:
        return _http_surprisal(settings)
    from memsvc.llm.local import LocalModel  # noqa: PLC0415  who has no model imports none

    if isinstance(language_model, LocalModel):
        return surprisal_of(language_model)
    return surprisal_of(_in_process(settings))


def _over_http(settings: Settings) -> "HttpModel | None":
    if not (settings.llm_url and settings.llm_model):
        return None
    from memsvc.llm.openai_http import HttpModel  # noqa: PLC0415  the same

    return HttpModel(
        _sending(settings),
        at_once=settings.llm_at_once,
        context_tokens=settings.llm_tokens or None,
        within_s=settings.llm_within_s,
    )


def _http_surprisal(settings: Settings) -> "HttpSurprisal":
    from memsvc.llm.openai_http import DEFAULT_CONTEXT_TOKENS  # noqa: PLC0415  the same
    from memsvc.llm.openai_surprisal import HttpSurprisal  # noqa: PLC0415  the same

    if not (settings.llm_url and settings.llm_model):
        raise ModelMissing(
            f"MEMSVC_SURPRISE_MODEL is {LANGUAGE_MODEL!r}, and there is none; name one in "
            "MEMSVC_LLM, or in MEMSVC_LLM_URL and MEMSVC_LLM_MODEL."
        )
    return HttpSurprisal(
        _sending(settings),
        # Not what the server says: the window is part of what scores are compared by.
        context_tokens=settings.llm_tokens or DEFAULT_CONTEXT_TOKENS,
        at_once=settings.llm_at_once,
        within_s=settings.llm_within_s,
    )


def _sending(settings: Settings) -> "Sending":
    from memsvc.llm.openai_sending import Endpoint, Sending  # noqa: PLC0415  the same

    key, extra = settings.llm_key or None, settings.llm_extra
    return Sending(Endpoint(settings.llm_url, settings.llm_model, key, extra))


def open_language_model(settings: Settings) -> "LocalModel | HttpModel | None":
    """Return the language model that the settings name; None when they name none.

    It is asked nothing before it is used, so a server that is slow or gone delays no start; one in
    this process, which goes before a server, has its weights read when it is first asked. Raises
    `ModelMissing`.
    """
    return _in_process(settings) if settings.llm else _over_http(settings)


def _in_process(settings: Settings) -> "LocalModel":
    from memsvc.llm.local import open_local  # noqa: PLC0415  who has no model imports none

    return open_local(
        settings.llm,
        device=settings.llm_device or None,
        precision=settings.llm_dtype or None,
        threads=settings.embedder_threads,
        idle_s=settings.llm_idle_s or None,
    )


def open_reranker(
    settings: Settings, language_model: LanguageModel | None = None
) -> Reranker | None:
    """Load the reranker that the settings name; None when they name none.

    Takes seconds and holds the model's size in memory. A cross-encoder, or under the name `llm`
    the language model, which tells an order by one token and has its weights read now. Raises
    `ModelMissing`, also where there is no language model, and `ModelUnavailable`.
    """
    if not settings.reranker:
        return None
    if settings.reranker == LANGUAGE_MODEL:
        return _listwise(language_model)
    return open_cross_encoder(settings.reranker, threads=settings.embedder_threads)


def _listwise(language_model: LanguageModel | None) -> Reranker:
    if language_model is None:
        raise ModelMissing(
            f"MEMSVC_RERANKER is {LANGUAGE_MODEL!r}, and there is no language model; name one in "
            "MEMSVC_LLM, or a cross-encoder in MEMSVC_RERANKER."
        )
    reranker = ListwiseReranker(language_model)
    # Its name is asked for in every recall, and must not be what a recall waits for.
    log.info("reranker.ready", model=reranker.fingerprint)
    return reranker
