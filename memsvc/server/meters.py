"""Numbers for Prometheus, in a registry of their own for each app.

They count; they never name a space, a key or a word of what is remembered.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from typing_extensions import override

from memsvc.domain.helping import Helped, Unhelped
from memsvc.domain.recall import RecallPart, Reranking, StageTrace
from memsvc.domain.work import Waiting
from memsvc.llm.metered import TROUBLES, Metered, Tally

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
METHODS = {"GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS"}
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

STAGE_BUCKETS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5)

NOT_TIMED: Mapping[RecallPart, float] = {}


class Meters:
    """All counters of one app."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "memsvc_requests",
            "Requests answered; status 0 is a client that went away.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "memsvc_request_seconds",
            "Time from a request's first byte to the end of its answer.",
            ("method", "route"),
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._turns = Counter(
            "memsvc_turns_written", "Turns kept; replays do not count.", registry=self._registry
        )
        self._recalls = Counter("memsvc_recalls", "Questions answered.", registry=self._registry)
        self._stages = Histogram(
            "memsvc_recall_stage_seconds",
            "Time that a stage of a recipe took in one space.",
            ("stage",),
            buckets=STAGE_BUCKETS_S,
            registry=self._registry,
        )
        self._parts = Histogram(
            "memsvc_recall_part_seconds",
            "Time that a part of recalls took; the parts add up to the whole but for HTTP.",
            ("part",),
            buckets=STAGE_BUCKETS_S,
            registry=self._registry,
        )
        self._reranked = Histogram(
            "memsvc_rerank_seconds",
            "Time that recalls waited for the reranker, also in vain.",
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._fallbacks = Counter(
            "memsvc_rerank_fallbacks",
            "Recalls that went on without the reranker: by its time, busy with a late run, or its "
            "model.",
            ("reason",),
            registry=self._registry,
        )
        self._helped = Histogram(
            "memsvc_recall_help_seconds",
            "Time that recalls waited for the language model, also in vain, by what it was for.",
            ("help",),
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._help_tokens = Counter(
            "memsvc_recall_help_tokens",
            "Tokens that the language model read and wrote for recalls.",
            ("help", "direction"),
            registry=self._registry,
        )
        self._unhelped = Counter(
            "memsvc_recall_help_fallbacks",
            "Recalls that went on without help that was wanted: by its time, its model, its answer "
            "or because there is no_model.",
            ("help", "reason"),
            registry=self._registry,
        )
        self._tools = Histogram(
            "memsvc_tool_seconds",
            "Time that a tool of /mcp took, by the code of its problem if it failed.",
            ("tool", "problem"),
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._refused = Counter(
            "memsvc_requests_refused",
            "Requests refused before any work, by the problem's code; gone is a client that left.",
            ("problem",),
            registry=self._registry,
        )
        self._waiting = Gauge(
            "memsvc_outbox_waiting", "Enrichment jobs not done yet.", registry=self._registry
        )
        self._lag = Gauge(
            "memsvc_outbox_oldest_seconds",
            "Age of the oldest enrichment job not done yet; 0 for none.",
            registry=self._registry,
        )
        self._index_bytes = Gauge(
            "memsvc_index_bytes", "Memory that loaded indexes take.", registry=self._registry
        )
        self._new_vectors = Gauge(
            "memsvc_index_vectors_new",
            "Vectors of loaded spaces that are compared one by one until they are in a graph.",
            registry=self._registry,
        )

        self._spent = _Spent()
        self._registry.register(self._spent)

    def request(self, method: str, route: str, *, status: int, took_s: float) -> None:
        """Count an answered request. `route` is a template, so that there are only so many."""
        method = method if method in METHODS else "other"
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(took_s)

    def tool(self, tool: str, problem: str | None, *, took_s: float) -> None:
        """Count a call of a tool; `problem` is the code of its error, if it ended in one."""
        self._tools.labels(tool, problem or "").observe(took_s)

    def refused(self, problem: str) -> None:
        """Count a request that was not let in."""
        self._refused.labels(problem).inc()

    def follow(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Show a number that is looked up whenever somebody asks."""
        Gauge(name, meaning, registry=self._registry).set_function(value)

    def written(self, turns: int) -> None:
        """Count turns that were kept."""
        self._turns.inc(turns)

    def recalled(
        self,
        *traces: Sequence[StageTrace],
        took_s: Mapping[RecallPart, float] = NOT_TIMED,
        reranking: Reranking | None = None,
        helping: Sequence[Helped] = (),
    ) -> None:
        """Count a question that was answered; the time of its parts, of each stage in each space.

        A stage is known by what it does; its parameters are left out, so that there are only so
        many. What a reranking and help took counts if there was any.
        """
        self._recalls.inc()
        for stage in chain.from_iterable(traces):
            name, _, _ = stage.stage.partition("(")
            self._stages.labels(name).observe(stage.took_ms / 1_000)
        for part, seconds in took_s.items():
            self._parts.labels(part.value).observe(seconds)
        if reranking is not None:
            self._reranked.observe(reranking.took_s)
            if reranking.fell_back is not None:
                self._fallbacks.labels(reranking.fell_back.value).inc()

        for one in helping:
            self._help(one)

    def _help(self, one: Helped) -> None:
        help_ = one.by.value
        if one.fell_back is not Unhelped.NO_MODEL:
            self._helped.labels(help_).observe(one.took_s)
        self._help_tokens.labels(help_, "read").inc(one.spent.read)
        self._help_tokens.labels(help_, "written").inc(one.spent.written)
        if one.fell_back is not None:
            self._unhelped.labels(help_, one.fell_back.value).inc()

    @property
    def language_model(self) -> Metered | None:
        """The language model whose counts are shown; None for none."""
        return self._spent.model

    @language_model.setter
    def language_model(self, model: Metered | None) -> None:
        self._spent.model = model

    def stand(self, *, waiting: Waiting, index_bytes: int, new_vectors: int) -> None:
        """Set what is looked up only when somebody asks."""
        self._waiting.set(waiting.jobs)
        self._lag.set(waiting.lag_s)
        self._index_bytes.set(index_bytes)
        self._new_vectors.set(new_vectors)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _Spent(Collector):
    """What a language model counts itself, shown as it stands when somebody asks."""

    def __init__(self) -> None:
        self.model: Metered | None = None

    @override
    def collect(self) -> Iterator[CounterMetricFamily]:
        tally = Tally() if self.model is None else self.model.tally
        yield _counted("memsvc_llm_asks", "Asks of the language model.", tally.asks)
        tokens = CounterMetricFamily(
            "memsvc_llm_tokens",
            "Tokens that the language model read and wrote, as far as it says.",
            labels=("direction",),
        )
        tokens.add_metric(("read",), tally.read)
        tokens.add_metric(("written",), tally.written)
        yield tokens
        yield _counted(
            "memsvc_llm_seconds", "Time that was waited for the language model.", tally.seconds
        )
        failures = CounterMetricFamily(
            "memsvc_llm_failures",
            "Asks that came to nothing: late, unanswered by a model that is there, or unavailable.",
            labels=("kind",),
        )
        for kind in TROUBLES:
            failures.add_metric((kind,), tally.troubles[kind])
        yield failures


def _counted(name: str, meaning: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, meaning, value=value)
