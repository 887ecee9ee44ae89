"""The context of a request goes with the facts it led to, and comes out as spans of one trace."""

import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.observability import Observation
from services.bootstrap.services import open_embedded_ledger
from shared.contract.cloudevents import build_cloud_event, build_headers
from shared.operations.settings import load
from shared.telemetry.tracing import Tracing, configure_tracing

GIVEN = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
BODY = {"type": "personnel.registered", "effective_from": "2000", "name": "Đỗ Thị Dấu Vết"}


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traced(spans: InMemorySpanExporter) -> Tracing:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return Tracing(provider.get_tracer("test"))


def written(home: Path, tracing: Tracing, **given: str) -> bytes:
    ledger = open_embedded_ledger(load(home))
    with TestClient(create_http_app(ledger, observed=Observation(tracing=tracing))) as client:
        assert client.post("/personnel", json=BODY, headers=given).status_code == 201
    [(_, _, _, state)] = ledger.logs["personnel"].read_stored(0, 10)
    ledger.close()
    return state


def test_a_request_and_what_carries_its_fact_are_one_trace(
    tmp_path: Path, traced: Tracing, spans: InMemorySpanExporter
) -> None:
    state = written(tmp_path, traced, traceparent=GIVEN)
    with traced.batch("send", "personnel", [state, state, b"not a fact"], SpanKind.PRODUCER):
        pass
    request, sent = spans.get_finished_spans()
    assert (request.name, sent.name) == ("POST /personnel", "send personnel")
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 201
    assert request.parent is not None
    assert sent.parent is not None
    assert request.context is not None
    assert sent.parent.span_id == request.context.span_id
    assert f"{request.parent.span_id:016x}" == "0123456789abcdef"
    assert {f"{span.context.trace_id:032x}" for span in (request, sent) if span.context} == {GIVEN[3:35]}
    assert not any(BODY["name"] in span.to_json() for span in (request, sent))


def test_a_span_says_which_route_and_nothing_of_whom(
    tmp_path: Path, traced: Tracing, spans: InMemorySpanExporter
) -> None:
    ledger = open_embedded_ledger(load(tmp_path))
    observed = Observation(tracing=traced)
    with TestClient(create_http_app(ledger, observed=observed), base_url="http://tran-thi-host") as client:
        client.get(
            "/personnel/tran-thi-path/facts?q=tran-thi-query",
            headers={"User-Agent": "tran-thi-agent", "X-Forwarded-For": "203.0.113.7", "Cookie": "tran-thi"},
        )
    ledger.close()
    [span] = spans.get_finished_spans()
    assert (span.name, span.kind) == ("GET /personnel/{stream}/facts", SpanKind.SERVER)
    assert span.attributes is not None
    assert set(span.attributes) == {
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "network.protocol.version",
        "server.address",
        "server.port",
        "url.scheme",
    }
    text = span.to_json()
    assert "tran-thi" not in text.replace(str(span.attributes["server.address"]), "")
    assert "203.0.113.7" not in text
    assert "testclient" not in text


def test_of_a_failure_a_span_says_the_kind_and_never_the_text(
    tmp_path: Path, traced: Tracing, spans: InMemorySpanExporter
) -> None:
    ledger = open_embedded_ledger(load(tmp_path))
    app = create_http_app(ledger, observed=Observation(tracing=traced))

    @app.get("/fails/{name}")
    def fails(name: str) -> None:
        raise LookupError(name)

    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/fails/tran-thi").status_code == 500
    with pytest.raises(LookupError), TestClient(app) as client:
        client.get("/fails/tran-thi")
    state = written(tmp_path / "other", traced)
    with pytest.raises(LookupError), traced.batch("take", "personnel", [state], SpanKind.CONSUMER):
        raise LookupError("tran-thi")
    ledger.close()
    failed = [span for span in spans.get_finished_spans() if not span.status.is_ok]
    assert [span.name for span in failed] == ["GET /fails/{name}"] * 2 + ["take personnel"]
    for span in failed:
        assert span.attributes is not None
        assert span.attributes["error.type"] == "LookupError"
        assert "tran-thi" not in span.to_json()


def test_without_traces_the_library_is_not_even_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from services.bootstrap.http_app import create_http_app; "
        "from services.bootstrap.services import open_embedded_ledger; from shared.operations.settings import load; "
        "create_http_app(open_embedded_ledger(load(Path(sys.argv[1])))).build_middleware_stack(); "
        "sys.exit('opentelemetry.instrumentation.asgi' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)


def test_without_a_tracer_the_context_of_a_caller_is_kept_all_the_same(tmp_path: Path) -> None:
    event = build_cloud_event(
        "personnel", "personnel.registered", written(tmp_path, Tracing(), traceparent=GIVEN)
    )
    assert event.traceparent == GIVEN
    assert (
        dict(build_headers(event))["ce_traceparent"]
        == dict(build_headers(event))["traceparent"]
        == GIVEN.encode()
    )


@pytest.mark.parametrize("given", ["", "nonsense", "00-0-0-0", GIVEN.upper(), GIVEN + "-Nguyen"])
def test_what_is_no_context_is_not_kept(tmp_path: Path, given: str) -> None:
    state = written(tmp_path, Tracing(), **({"traceparent": given} if given else {}))
    assert b"correlation" not in state


@pytest.mark.parametrize(
    ("env", "on"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, False),
    ],
)
def test_traces_are_off_until_the_environment_asks(env: dict[str, str], on: bool) -> None:
    assert configure_tracing(env, "test").on is on
