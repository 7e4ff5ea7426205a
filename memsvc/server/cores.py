"""Cores: while a service is open, each of NumPy's products in its process takes one of them.

What a write or a recall multiplies is too small to gain from a second core: that one waits for its
share in a loop, which nobody else can use meanwhile, neither the embedder nor another request.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from threadpoolctl import ThreadpoolController, threadpool_limits

SAID_BY = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Whoever sets one of these has said otherwise."""

NUMPYS = "pthreads"
"""The threads of what NumPy's wheels multiply with. FAISS brings a library with OpenMP's, by which
it builds and searches its indexes on all cores."""


class ProductsOnOneCore:
    """Lends the limit to every service that is open in this process; with the last it is lifted."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._borrowers = 0
        self._limit: threadpool_limits | None = None

    @contextmanager
    def __call__(self, environ: Mapping[str, str] = os.environ) -> Iterator[None]:
        """Hold products to one core, unless the environment says otherwise."""
        if any(name in environ for name in SAID_BY):
            yield
            return
        with self._lock:
            self._borrowers += 1
            if self._limit is None:
                self._limit = ThreadpoolController().select(threading_layer=NUMPYS).limit(limits=1)
        try:
            yield
        finally:
            with self._lock:
                self._borrowers -= 1
                if self._borrowers == 0 and self._limit is not None:
                    self._limit.restore_original_limits()
                    self._limit = None


products_on_one_core = ProductsOnOneCore()
