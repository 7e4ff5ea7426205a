"""The real default model for tests marked `model`: found or exported once, then kept."""

import os
from functools import cache
from pathlib import Path

from memsvc.llm.embed_onnx import OnnxEmbedder, open_onnx
from memsvc.llm.embed_st import SentenceTransformerEmbedder, open_st
from memsvc.llm.provision import DEFAULT_MODEL, prepare, resolve


@cache
def onnx_folder() -> Path:
    """Return the exported default model, from MEMSVC_MODELS or the cache the service uses."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    kept = os.environ.get("MEMSVC_MODELS") or Path(caches) / "memsvc" / "models"
    return prepare(DEFAULT_MODEL, Path(kept))


@cache
def onnx_embedder() -> OnnxEmbedder:
    """Return the default model as the service runs it."""
    return open_onnx(onnx_folder(), threads=2)


@cache
def reference_embedder() -> SentenceTransformerEmbedder:
    """Return the default model as sentence-transformers runs it."""
    return open_st(resolve(DEFAULT_MODEL), name=DEFAULT_MODEL, device="cpu")
