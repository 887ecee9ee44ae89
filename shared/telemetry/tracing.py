"""Traces (OpenTelemetry), off unless the standard OTEL_* variables turn them on.

The context of a request is kept in the `correlation` of the facts it leads to, so that a trace goes on over Kafka.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracer, Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.contract.cloudevents import DECODE_ERRORS, decode_envelope, parse_traceparent

VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER")
LARGEST_BATCH = 100
"""Traces of one batch that are followed; a bulk load has no use for more."""
_carrier = TraceContextTextMapPropagator()


class Tracing:
    """The tracer of a process, or none: then `on` is False and no span is opened."""

    def __init__(self, tracer: Tracer | None = None) -> None:
        self.on = tracer is not None
        self.tracer = tracer or NoOpTracer()

    @contextmanager
    def batch(self, operation: str, topic: str, states: Iterable[bytes], kind: SpanKind) -> Iterator[None]:
        """Open a span in the trace of each stored event that has one, for as long as the batch takes."""
        if not self.on:
            yield
            return
        with ExitStack() as spans:
            opened = [
                spans.enter_context(self._span(f"{operation} {topic}", parent, topic, kind))
                for parent in self._contexts(states)
            ]
            try:
                yield
            except Exception as failure:
                for span in opened:
                    mark_failed(span, failure)
                raise

    @contextmanager
    def _span(self, name: str, parent: str, topic: str, kind: SpanKind) -> Iterator[Span]:
        attributes = {"messaging.system": "kafka", "messaging.destination.name": topic}
        with self.tracer.start_as_current_span(
            name,
            extract_context(parent),
            kind,
            attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield span

    def _contexts(self, states: Iterable[bytes]) -> list[str]:
        """The different trace contexts of events, LARGEST_BATCH at most; an event that cannot be read has none."""
        contexts: dict[str, None] = {}
        for state in states:
            try:
                context = parse_traceparent(decode_envelope(state).correlation)
            except DECODE_ERRORS:  # the inbox makes it a dead letter
                continue
            if context and len(contexts) < LARGEST_BATCH:
                contexts[context] = None
        return list(contexts)


def mark_failed(span: Span, failure: Exception) -> None:
    """Mark a span as failed with the type of the exception, not its text, which could quote stored values."""
    span.set_attribute("error.type", type(failure).__qualname__)
    span.set_status(Status(StatusCode.ERROR))


def current_traceparent() -> str:
    """The current trace context as W3C writes it; empty when there is none."""
    carrier: dict[str, str] = {}
    _carrier.inject(carrier)
    return carrier.get("traceparent", "")


def trace_id() -> str:
    """The id of the current trace, 32 hexadecimal digits; empty when there is none."""
    span = trace.get_current_span().get_span_context()
    return f"{span.trace_id:032x}" if span.is_valid else ""


def extract_context(given: str) -> Context:
    """The context of a `parse_traceparent`; an empty one where the text is none."""
    return _carrier.extract({"traceparent": given}, context=Context())


def configure_tracing(env: Mapping[str, str], process: str) -> Tracing:
    """The tracer of a process, as OTEL_* configure it: spans go by OTLP over HTTP, under the name of the process unless
    OTEL_SERVICE_NAME is set. Off where none of VARIABLES is set, or where they turn traces off."""
    enabled = any(env.get(name) for name in VARIABLES) and env.get("OTEL_TRACES_EXPORTER") != "none"
    if not enabled or env.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return Tracing()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = {} if env.get("OTEL_SERVICE_NAME") else {"service.name": f"cadre-{process}"}
    provider = TracerProvider(resource=Resource.create(name))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider.get_tracer("cadre-ledger"))
