//! Export: spans go to a collector over OTLP/HTTP, in batches, from a thread of their own. What waits is bounded, and what finds
//! no room or is not taken is dropped: a collector that is slow or gone costs a turn nothing.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, SpanData,
    SpanExporter,
};
use prost::Message;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use store::ids::HostId;
use tokio::runtime::Handle;
use url::Url;

use crate::error::chain;
use crate::outgoing::{self, NoClient};

/// Spans that may wait.
const WAITING: usize = 4_096;
/// Spans of one request.
const BATCH: usize = 512;
/// How long spans are gathered.
const GATHER: Duration = Duration::from_secs(1);
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way of this process's spans to a collector.
pub struct Export {
    provider: SdkTracerProvider,
}

impl Export {
    /// Starts it. The address is the collector's base, as OpenTelemetry has it: traces go to `v1/traces` below it.
    pub fn start(collector: &Url, host: HostId) -> Result<Export, NoClient> {
        let about = [
            KeyValue::new("service.name", "cloister"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", host.public()),
        ];
        let resource = Resource::builder_empty().with_attributes(about).build();
        let collector = Collector {
            client: outgoing::of_operator()?,
            url: traces_of(collector),
            is_out: AtomicBool::new(false),
        };
        let exporter = Exporter {
            about: (&resource).into(),
            collector: Arc::new(collector),
            runtime: Handle::current(),
        };
        // All of them: what is not said here is read from the environment.
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(WAITING)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(GATHER)
            .build();
        let processor = BatchSpanProcessor::builder(exporter)
            .with_batch_config(batches)
            .build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            // A caller who traces decides for what comes of the call.
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
            .with_max_attributes_per_span(64)
            .with_max_events_per_span(1)
            .with_max_links_per_span(1)
            .with_span_processor(processor)
            .build();
        Ok(Export { provider })
    }

    /// What makes spans for it.
    pub fn tracer(&self) -> SdkTracer {
        self.provider.tracer("cloister")
    }

    /// Sends what waits, for so long at most, and ends.
    pub async fn stop(self, limit: Duration) {
        let stopping = move || self.provider.shutdown_with_timeout(limit);
        let stopped = tokio::task::spawn_blocking(stopping).await;
        if !matches!(stopped, Ok(Ok(()))) {
            tracing::warn!("the last traces did not reach their collector");
        }
    }
}

/// The address for traces below a collector's base.
fn traces_of(base: &Url) -> Url {
    let mut url = base.clone();
    let path = format!("{}/v1/traces", base.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

#[derive(Debug)]
struct Exporter {
    about: ResourceAttributesWithSchema,
    collector: Arc<Collector>,
    runtime: Handle,
}

impl SpanExporter for Exporter {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        let request = ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(batch, &self.about),
        };
        let (collector, body) = (self.collector.clone(), request.encode_to_vec());
        // The thread that waits for it is none of the runtime's.
        let sent = self
            .runtime
            .spawn(async move { collector.send(body).await });
        async move {
            match sent.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(why)) => Err(OTelSdkError::InternalFailure(why)),
                Err(error) => Err(OTelSdkError::InternalFailure(error.to_string())),
            }
        }
    }
}

#[derive(Debug)]
struct Collector {
    client: Client,
    url: Url,
    /// Whether it was told that it takes nothing.
    is_out: AtomicBool,
}

impl Collector {
    async fn send(&self, body: Vec<u8>) -> Result<(), String> {
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/x-protobuf")
            .timeout(PATIENCE)
            .body(body);
        let came = match request.send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("it answered {}", answer.status().as_u16())),
            // Its path may be a secret.
            Err(error) => Err(chain(&error.without_url())),
        };
        match &came {
            Ok(()) => {
                if self.is_out.swap(false, Ordering::Relaxed) {
                    tracing::info!("the collector takes traces again");
                }
            }
            Err(cause) => {
                if !self.is_out.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        cause,
                        "the collector (CLOISTER_OTLP_URL) takes no traces; they are dropped until it does"
                    );
                }
            }
        }
        came
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_have_their_place_below_the_base() {
        for (base, whole) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("http://collector:4318/", "http://collector:4318/v1/traces"),
            (
                "https://one.example/a/b",
                "https://one.example/a/b/v1/traces",
            ),
        ] {
            assert_eq!(traces_of(&base.parse().unwrap()).as_str(), whole);
        }
    }
}
