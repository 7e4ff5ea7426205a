"""What machines ask every few seconds, to see how the service is."""

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Never refused and never waiting, since they are how one learns of a full house; they read no
body. Logged at debug level only."""

PROBE_THREADS = 2
"""Threads beyond those that work on requests, so that a probe always finds one."""
