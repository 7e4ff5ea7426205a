"""Opening: the service comes up, is lent and goes down in a thread of its own.

The process answers /healthz at once, while the database is migrated, the model loaded and their
libraries imported; requests that need the service are refused until it is there. One thread opens
and closes it, so that the two can never meet.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeVar

import structlog

from memsvc.domain.errors import MemsvcError, NotReady, ServerFault, Unavailable
from memsvc.server.cores import products_on_one_core
from memsvc.worker import LONGEST_GIVING_WAY_S, Chore, working

if TYPE_CHECKING:  # at run time this import is the very cost that opening keeps off the start
    from memsvc.service import Serving
    from memsvc.wiring import Service

log = structlog.get_logger(__name__)

T = TypeVar("T")

MINUTE_S = 60.0
HOUR_S = 3_600.0
RESUME_EVERY_S = 600.0
"""How often a change of the embedding model looks through all rows for what it has missed."""

FOLLOW_EVERY_S = 0.5
"""How often a process looks what others have written; recalls look for themselves."""

VACUUM_EVERY_S = 15.0
"""How often one looks whether something was deleted that the store has not cleared away."""

LOOK_FOR_DEAD_S = 5.0
"""How often one looks whether others left jobs behind that they had leased."""

CLOSE_WAIT_S = 10.0
"""How long a shutdown waits for an opening that it interrupts; a migration just rolls back."""


def _by_present(serving: "Serving", verb: "Callable[[Service], T]") -> Callable[[], T]:
    """Return what asks each time for the present service: the embedding model may change."""
    return lambda: verb(serving.service)


def chores_of(service: "Service") -> tuple[Chore, ...]:
    """Return what the worker does now and then; of processes that share a database one does it."""
    serving = service.serving
    once = (
        Chore(_by_present(serving, lambda now: now.expire()), every_s=MINUTE_S),
        Chore(_by_present(serving, lambda now: now.settle()), every_s=MINUTE_S),
        Chore(service.reembed.resume, every_s=RESUME_EVERY_S),
        Chore(service.tend.drop_old_answers, every_s=HOUR_S),
    )
    if not service.sharing.is_shared:
        return once
    take_over = Chore(service.enrich.take_over, every_s=LOOK_FOR_DEAD_S)
    return *(
        Chore(partial(_if_leading, service, chore), chore.every_s) for chore in once
    ), take_over


def _if_leading(service: "Service", chore: Chore) -> None:
    if service.sharing.leads():
        chore.do()


def _give_back(service: "Service") -> None:
    """Leave no job leased; where the store is gone, others see that this process is, too."""
    with suppress(Unavailable):
        service.enrich.give_back()


class Opening:
    """A service that is on its way, there, refused, or gone."""

    def __init__(
        self,
        open_service: "Callable[[], AbstractContextManager[Service]]",
        *,
        with_worker: bool,
        make_way: Callable[[float], object],
        on_failure: Callable[[MemsvcError], None] | None = None,
    ) -> None:
        self._open = open_service
        self._with_worker = with_worker
        self._make_way = make_way
        self._on_failure = on_failure
        self._settled = Event()
        self._closing = Event()
        self._service: Service | None = None
        self._failure: MemsvcError | None = None
        self._thread = Thread(target=self._hold, name="memsvc-service", daemon=True)

    def start(self) -> None:
        """Begin to open the service; return at once."""
        self._thread.start()

    def close(self) -> None:
        """Close the service, once its worker has put down what it holds."""
        self._closing.set()
        self._thread.join(None if self._settled.is_set() else CLOSE_WAIT_S)

    def wait(self) -> "Service":
        """Return the service as soon as it is there, or raise why it cannot be."""
        self._settled.wait()
        return self.service

    @property
    def service(self) -> "Service":
        """The service. Raises `NotReady` before and after, or why it could not be opened."""
        if self._service is not None:
            return self._service.serving.service
        if self._failure is not None:
            raise self._failure.with_traceback(None)  # else it would grow with every request
        if self._closing.is_set():
            raise NotReady("The service is shutting down; send the request again later.")
        raise NotReady("The service is still opening its store and model; try again in a moment.")

    def parts(self) -> dict[str, str]:
        """Say of each part that it is ok, or what is missing."""
        try:
            service = self.service
            service.inspect.waiting_jobs()
        except MemsvcError as error:
            return {"service": error.detail}
        if not service.sharing.holds():
            return {"service": "The database was lost; it is being taken hold of again."}
        return {
            "service": "ok",
            "model": f"ok ({service.embedder.fingerprint.text})",
            "worker": "ok" if self._with_worker else "off",
        }

    def _hold(self) -> None:
        with ExitStack() as stack:
            try:
                service = stack.enter_context(self._open())
            except MemsvcError as error:
                self._fail(error)
                return
            except Exception:  # the thread's edge: whoever waits must hear of it
                log.exception("service.opening_failed")
                self._fail(ServerFault("The service could not be opened; its log says why."))
                return
            stack.enter_context(products_on_one_core())  # whose libraries are loaded by now
            if self._with_worker:
                serving = service.serving
                # After the loops have ended, whatever they left: jobs that nobody will do here.
                stack.callback(_give_back, service)
                chores = chores_of(service)
                stack.enter_context(
                    working(
                        _by_present(serving, lambda now: now.enrich.work_once()),
                        chores=chores,
                        make_way=self._make_way,
                    )
                )
                if service.improve.steps:  # by itself: a model takes longer than all else
                    stack.enter_context(
                        working(
                            _by_present(serving, lambda now: now.improve.work_once()),
                            make_way=self._make_way,
                            name="memsvc-model-worker",
                        )
                    )
                if service.vacuum is not None:  # by itself: a large table takes minutes
                    vacuum = Chore(partial(service.vacuum, self._is_open), VACUUM_EVERY_S)
                    once = Chore(partial(_if_leading, service, vacuum), vacuum.every_s)
                    vacuuming = working(lambda: 0, chores=(once,), name="memsvc-vacuuming")
                    stack.enter_context(vacuuming)
            if service.sharing.is_shared:
                following = (Chore(service.serving.follow_others, every_s=FOLLOW_EVERY_S),)
                stack.enter_context(working(lambda: 0, chores=following, name="memsvc-following"))
            tending = partial(service.serving.tend, self._may_go_on)
            stack.enter_context(working(tending, name="memsvc-tending"))
            self._service = service
            self._settled.set()
            log.info("service.opened", model=service.embedder.fingerprint.text)
            self._closing.wait()
            self._service = None
        log.info("service.closed")

    def _may_go_on(self) -> bool:
        """Let long work on the indexes make way for requests, and end with the service."""
        self._make_way(LONGEST_GIVING_WAY_S)
        return self._is_open()

    def _is_open(self) -> bool:
        return not self._closing.is_set()

    def _fail(self, error: MemsvcError) -> None:
        self._failure = error
        self._settled.set()
        if self._on_failure is None:
            log.error("service.refused", problem=error.code, detail=error.detail)
        else:
            self._on_failure(error)
