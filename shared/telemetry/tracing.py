"""Traces (OpenTelemetry): off unless the standard OTEL_* variables ask for them. A request's context is kept in the
`correlation` of the facts it leads to, so that a trace goes on wherever they are carried."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracer, SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.contract.cloudevents import DECODE_ERRORS, decode_envelope, parse_traceparent

SETTINGS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER")
MOST = 100
"""Traces of one batch that are followed; a bulk load has no use for more."""
_carrier = TraceContextTextMapPropagator()


class Tracing:
    """Opens spans. Without a tracer nothing is recorded, but the context of a caller is passed on all the same."""

    def __init__(self, tracer: Tracer | None = None) -> None:
        self.on = tracer is not None
        self.tracer = tracer or NoOpTracer()

    @contextmanager
    def request(self, method: str, given: str) -> Iterator[Any]:
        """The span of an HTTP request; `given` is its `traceparent`. Names no address: there could be names in it."""
        with self.tracer.start_as_current_span(method, _context(given), kind=SpanKind.SERVER) as span:
            yield span

    @contextmanager
    def batch(self, what: str, topic: str, states: Iterable[bytes], kind: SpanKind) -> Iterator[None]:
        """A span in the trace of each stored event that has one, as long as the batch takes."""
        with ExitStack() as spans:
            for context in self._contexts(states) if self.on else ():
                span = self.tracer.start_as_current_span(f"{what} {topic}", _context(context), kind=kind)
                opened = spans.enter_context(span)
                opened.set_attribute("messaging.system", "kafka")
                opened.set_attribute("messaging.destination.name", topic)
            yield

    def _contexts(self, states: Iterable[bytes]) -> list[str]:
        found: dict[str, None] = {}
        for state in states:
            try:
                context = parse_traceparent(decode_envelope(state).correlation)
            except DECODE_ERRORS:  # what cannot be read is parked by who takes it
                continue
            if context and len(found) < MOST:
                found[context] = None
        return list(found)


def current_traceparent() -> str:
    """The trace context of this moment as W3C writes it; empty when there is none."""
    carrier: dict[str, str] = {}
    _carrier.inject(carrier)
    return carrier.get("traceparent", "")


def trace_id() -> str:
    span = trace.get_current_span().get_span_context()
    return f"{span.trace_id:032x}" if span.is_valid else ""


def _context(given: str) -> Context:
    return _carrier.extract({"traceparent": given}, context=Context())


def configure_tracing(env: Mapping[str, str], process: str) -> Tracing:
    """As OTEL_* say: spans go by OTLP over HTTP, named after the process unless OTEL_SERVICE_NAME names it."""
    wanted = any(env.get(name) for name in SETTINGS) and env.get("OTEL_TRACES_EXPORTER") != "none"
    if not wanted or env.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return Tracing()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = {} if env.get("OTEL_SERVICE_NAME") else {"service.name": f"cadre-{process}"}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider.get_tracer("cadre-ledger"))
