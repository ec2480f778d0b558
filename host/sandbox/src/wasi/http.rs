//! `wasi:http`, outgoing: the guest's requests become calls of the capability `http`. What the guest waits for while one is
//! under way is time of the host's, not its own.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::io::poll;
use wasmtime_wasi_http::p2::bindings::LinkOptions;
use wasmtime_wasi_http::p2::bindings::http::{outgoing_handler, types};
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttp, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks,
    WasiHttpView,
};

use super::Wasi;
use crate::capability::{Http, HttpRequest, HttpResponse, Unanswered};
use crate::guest::{Guest, halt};
use crate::meter::Meter;

/// Requests that one guest may have under way at once.
const UNDER_WAY: usize = 8;
/// Bytes of headers, roughly.
const HEADERS: usize = 64 * 1024;

/// Puts the interfaces into the linker, and among them the one in which a guest waits.
pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let options = LinkOptions::default();
    outgoing_handler::add_to_linker::<_, WasiHttp>(linker, asking)?;
    types::add_to_linker::<_, WasiHttp>(linker, &(&options).into(), Guest::http)?;
    // In place of WASI's own, which does not know whom a guest waits for.
    linker.allow_shadowing(true);
    let linked = poll::add_to_linker::<_, Waits>(linker, waiting);
    linker.allow_shadowing(false);
    linked
}

/// What a guest has of `wasi:http`.
pub(super) struct Outgoing {
    context: WasiHttpCtx,
    hooks: Hooks,
}

impl Outgoing {
    pub(super) fn new() -> Self {
        let mut context = WasiHttpCtx::new();
        context.set_field_size_limit(HEADERS);
        Self {
            context,
            hooks: Hooks {
                http: None,
                within: Duration::ZERO,
                under_way: Arc::default(),
            },
        }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let Wasi {
            resources, http, ..
        } = &mut **self.wasi.get_or_insert_with(Wasi::new);
        WasiHttpCtxView {
            hooks: &mut http.hooks,
            table: resources,
            ctx: &mut http.context,
        }
    }
}

/// What a request is made with. Each is a call of the host; one that is denied counts as well, so that asking over and over
/// comes to an end.
fn asking(guest: &mut Guest) -> WasiHttpCtxView<'_> {
    let within = guest.meter.begin();
    let granted = guest.capabilities.http.clone();
    let Wasi { http, .. } = &mut **guest.wasi.get_or_insert_with(Wasi::new);
    // One that is too many is stopped where it waits, or at the next look at it.
    http.hooks.http = granted.filter(|_| within.is_some());
    http.hooks.within = within.unwrap_or_default();
    guest.http()
}

/// Sends what the guest asks for.
struct Hooks {
    http: Option<Arc<dyn Http>>,
    /// Until when the next answer has to be there.
    within: Duration,
    under_way: Arc<AtomicUsize>,
}

type Sent = wasmtime_wasi_http::Result<(Response<WasiBody>, Done)>;
type Done = Box<dyn Future<Output = wasmtime_wasi_http::Result<()>> + Send>;

impl WasiHttpHooks for Hooks {
    // The host's own client writes it.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Done,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let Some(http) = self.http.clone() else {
            return Box::new(async { Err(Error::HttpRequestDenied) });
        };
        let under_way = UnderWay::one_more(&self.under_way);
        let asked = options.and_then(|options| options.first_byte_timeout);
        let within = asked.map_or(self.within, |asked| asked.min(self.within));
        Box::new(async move {
            if under_way.count > UNDER_WAY {
                return Err(Error::ConnectionLimitReached);
            }
            let answered = tokio::time::timeout(within, send(&*http, request, within)).await;
            let answer = answered.unwrap_or(Err(Error::HttpResponseTimeout))?;
            drop(under_way);
            let done: Done = Box::new(async { Ok(()) });
            Ok((answer, done))
        })
    }
}

async fn send(
    http: &dyn Http,
    request: Request<WasiBody>,
    within: Duration,
) -> wasmtime_wasi_http::Result<Response<WasiBody>> {
    let most = http.request_bytes();
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, most).collect().await;
    let body = body.map_err(|error| {
        let too_long = error.is::<LengthLimitError>();
        match error.downcast::<Error>() {
            Ok(error) => *error,
            Err(_) if too_long => Error::HttpRequestBodySize(u64::try_from(most).ok()),
            Err(error) => Error::InternalError(Some(error.to_string())),
        }
    })?;
    let headers = parts.headers.iter();
    let request = HttpRequest {
        method: parts.method.to_string(),
        url: parts.uri.to_string(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect(),
        body: body.to_bytes().to_vec(),
    };
    let answer = http.send(request, within).await;
    answer.map_err(told).and_then(response)
}

fn response(answer: HttpResponse) -> wasmtime_wasi_http::Result<Response<WasiBody>> {
    let mut headers = HeaderMap::new();
    let given = answer.headers.into_iter().filter_map(|(name, value)| {
        let name = HeaderName::try_from(name).ok()?;
        Some((
            name,
            HeaderValue::from_maybe_shared(Bytes::from(value)).ok()?,
        ))
    });
    // One more than there is room for is left out.
    for (name, value) in given {
        let _ = headers.try_append(name, value);
    }
    let body = Full::new(Bytes::from(answer.body)).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    let status = StatusCode::from_u16(answer.status);
    *response.status_mut() = status.map_err(|_| Error::HttpProtocolError)?;
    *response.headers_mut() = headers;
    Ok(response)
}

fn told(why: Unanswered) -> Error {
    match why {
        Unanswered::Denied => Error::HttpRequestDenied,
        Unanswered::Prohibited => Error::DestinationIpProhibited,
        Unanswered::Invalid => Error::HttpRequestUriInvalid,
        Unanswered::TooMany => Error::ConnectionLimitReached,
        Unanswered::RequestTooLarge(most) => Error::HttpRequestBodySize(Some(most)),
        Unanswered::NoSuchHost => Error::DnsError {
            rcode: None,
            info_code: None,
        },
        Unanswered::Unreachable => Error::ConnectionRefused,
        Unanswered::ConnectTimedOut => Error::ConnectionTimeout,
        Unanswered::TimedOut => Error::HttpResponseTimeout,
        Unanswered::Cut => Error::HttpResponseIncomplete,
        Unanswered::ResponseTooLarge(most) => Error::HttpResponseBodySize(Some(most)),
        Unanswered::Encoded(how) => Error::HttpResponseContentCoding(Some(how)),
        Unanswered::Other(what) => Error::InternalError(Some(what)),
    }
}

/// A request that is under way, until it is dropped.
struct UnderWay {
    all: Arc<AtomicUsize>,
    /// How many there are with this one.
    count: usize,
}

impl UnderWay {
    fn one_more(all: &Arc<AtomicUsize>) -> Self {
        let count = all.fetch_add(1, Ordering::SeqCst) + 1;
        Self {
            all: all.clone(),
            count,
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A guest that waits for something to become ready.
struct Waiting<'a> {
    table: &'a mut ResourceTable,
    meter: &'a mut Meter,
    /// Whether a request is under way, so that it is the host who makes the guest wait.
    for_host: bool,
}

struct Waits;

impl HasData for Waits {
    type Data<'a> = Waiting<'a>;
}

fn waiting(guest: &mut Guest) -> Waiting<'_> {
    let wasi = guest.wasi.get_or_insert_with(Wasi::new);
    let Wasi {
        resources, http, ..
    } = &mut **wasi;
    Waiting {
        for_host: http.hooks.under_way.load(Ordering::SeqCst) > 0,
        table: resources,
        meter: &mut guest.meter,
    }
}

impl poll::Host for Waiting<'_> {
    async fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.meter.go_on().map_err(halt)?;
        let ready = Box::pin(poll::Host::poll(self.table, pollables));
        match self.for_host {
            true => self.meter.idle("http", ready).await.map_err(halt)?,
            false => ready.await,
        }
    }
}

impl poll::HostPollable for Waiting<'_> {
    async fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.meter.go_on().map_err(halt)?;
        let ready: Pin<Box<dyn Future<Output = _> + Send>> =
            Box::pin(poll::HostPollable::block(self.table, pollable));
        match self.for_host {
            true => self.meter.idle("http", ready).await.map_err(halt)?,
            false => ready.await,
        }
    }

    async fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        poll::HostPollable::ready(self.table, pollable).await
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        poll::HostPollable::drop(self.table, pollable)
    }
}
