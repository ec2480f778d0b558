"""Sends two spans to a collector, by OpenTelemetry's own exporter: otlp_export.py URL. Ends with 0 where both were taken."""

import sys

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult

spans = []


class Keep:
    """Keeps spans that have ended."""

    def on_start(self, span, parent_context=None):
        pass

    def on_end(self, span):
        spans.append(span)

    def _on_ending(self, span):
        pass

    def shutdown(self):
        pass

    def force_flush(self, timeout_millis=0):
        return True


provider = TracerProvider(resource=Resource({"service.name": "peer"}))
provider.add_span_processor(Keep())
tracer = provider.get_tracer("peer")
with tracer.start_as_current_span("outer", attributes={"number": 7, "word": "yes"}):
    with tracer.start_as_current_span("inner"):
        pass
taken = OTLPSpanExporter(endpoint=sys.argv[1] + "/v1/traces").export(spans)
sys.exit(0 if taken == SpanExportResult.SUCCESS else 1)
