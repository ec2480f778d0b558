//! `wasi:http`, outgoing: the guest's requests become calls of the capability `http`. What the guest waits for while one is
//! under way is time of the host's, not its own.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use tokio::time::Instant;
use tracing::Instrument;
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
use crate::recording::{Known, Noted, Tape};
use crate::stop::Stop;

/// Requests that one guest may have under way at once.
const UNDER_WAY: usize = 8;
/// Bytes of the body of a request that is answered as before.
const RECORDED: usize = 64 << 20;
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
                noted: Noted::Not,
                not_safe: 0,
                under_way: Arc::default(),
            },
        }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let Wasi {
            resources, http, ..
        } = self.wasi();
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
    let noted = guest.tape.request();
    let Wasi { http, .. } = guest.wasi();
    // One that is too many is stopped where it waits, or at the next look at it.
    http.hooks.http = granted.filter(|_| within.is_some());
    http.hooks.within = within.unwrap_or_default();
    http.hooks.noted = noted;
    guest.http()
}

/// Sends what the guest asks for.
struct Hooks {
    http: Option<Arc<dyn Http>>,
    /// Until when the next answer has to be there.
    within: Duration,
    /// How the next request is noted.
    noted: Noted,
    /// Requests so far whose method is not safe.
    not_safe: u32,
    under_way: Arc<AtomicUsize>,
}

impl Hooks {
    /// The place of a request whose method is not safe. It has it from when it is made, however long its body takes.
    fn place(&mut self, method: &Method) -> Option<u32> {
        if method.is_safe() {
            return None;
        }
        let place = self.not_safe;
        self.not_safe = place.saturating_add(1);
        Some(place)
    }
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
        let under_way = UnderWay::one_more(&self.under_way);
        let place = self.place(request.method());
        let asked = options.and_then(|options| options.first_byte_timeout);
        let within = asked.map_or(self.within, |asked| asked.min(self.within));
        let http = self.http.clone().filter(|_| under_way.count <= UNDER_WAY);
        let refused = match &self.http {
            None => Unanswered::Denied,
            Some(_) => Unanswered::TooMany,
        };
        let noted = std::mem::take(&mut self.noted);
        let sent = async move {
            let answer = match (noted, http) {
                (Noted::Known(known), _) => again(known, request).await?,
                (noted, Some(http)) => send(&*http, request, place, within, noted).await?,
                (Noted::Down(down), None) => {
                    let answer = Err(refused);
                    down.keep(&answer);
                    answer
                }
                (Noted::Not, None) => Err(refused),
            };
            drop(under_way);
            let answer = answer.map_err(told).and_then(response)?;
            let done: Done = Box::new(async { Ok(()) });
            Ok((answer, done))
        };
        // It goes on in a task of its own, and is a part of this run all the same.
        Box::new(sent.in_current_span())
    }
}

/// What a guest is told of a request, before it is WASI's.
type Answer = Result<HttpResponse, Unanswered>;

/// Sends one, and has its answer noted. Where it is the guest itself that does not finish its request, that is no answer.
async fn send(
    http: &dyn Http,
    request: Request<WasiBody>,
    place: Option<u32>,
    within: Duration,
    noted: Noted,
) -> wasmtime_wasi_http::Result<Answer> {
    let began = Instant::now();
    let mut down = match noted {
        Noted::Down(down) => Some(down),
        Noted::Not | Noted::Known(_) => None,
    };
    let request = tokio::time::timeout(within, whole(request, http.request_bytes())).await;
    let request = request.unwrap_or(Ok(Err(Unanswered::TimedOut)))?;
    let answer = match request {
        Ok(request) => {
            if let Some(down) = &mut down {
                down.asks(&request);
            }
            // It ends by itself: that there was no answer in time may have to be written down, too.
            let left = within.saturating_sub(began.elapsed());
            http.send(request, place, left).await
        }
        Err(refused) => Err(refused),
    };
    if let Some(down) = down {
        down.keep(&answer);
    }
    Ok(answer)
}

/// Has one answered as it was before.
async fn again(mut known: Known, request: Request<WasiBody>) -> wasmtime_wasi_http::Result<Answer> {
    if let Some(refused) = known.refusal() {
        return Ok(refused);
    }
    let answer = match whole(request, RECORDED).await? {
        Ok(request) => known.answer(&request),
        Err(refused) => Some(Err(refused)),
    };
    match answer {
        Some(answer) => Ok(answer),
        // The guest did not wait for it.
        None => std::future::pending().await,
    }
}

/// All of a request.
async fn whole(
    request: Request<WasiBody>,
    most: usize,
) -> wasmtime_wasi_http::Result<Result<HttpRequest, Unanswered>> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, most).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(error) if error.is::<LengthLimitError>() => {
            let most = u64::try_from(most).unwrap_or(u64::MAX);
            return Ok(Err(Unanswered::RequestTooLarge(most)));
        }
        Err(error) => {
            return Err(match error.downcast::<Error>() {
                Ok(error) => *error,
                Err(error) => Error::InternalError(Some(error.to_string())),
            });
        }
    };
    let headers = parts.headers.iter();
    Ok(Ok(HttpRequest {
        method: parts.method.to_string(),
        url: parts.uri.to_string(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect(),
        body,
    }))
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
    tape: &'a mut Tape,
    /// Whether a request is under way, so that it is the host who makes the guest wait.
    for_host: bool,
}

struct Waits;

impl HasData for Waits {
    type Data<'a> = Waiting<'a>;
}

fn waiting(guest: &mut Guest) -> Waiting<'_> {
    let Guest {
        wasi, meter, tape, ..
    } = guest;
    let Wasi {
        resources, http, ..
    } = &mut **wasi.get_or_insert_with(|| Wasi::new(tape.outside()));
    Waiting {
        for_host: http.hooks.under_way.load(Ordering::SeqCst) > 0,
        table: resources,
        meter,
        tape,
    }
}

impl Waiting<'_> {
    fn go_on(&self) -> Result<(), Stop> {
        self.tape.go_on()?;
        self.meter.go_on()
    }

    async fn wait<T>(
        meter: &mut Meter,
        for_host: bool,
        ready: impl Future<Output = wasmtime::Result<T>> + Send,
    ) -> wasmtime::Result<T> {
        // Boxed: the guest's other calls would have room for it otherwise.
        let ready: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(ready);
        match for_host {
            true => meter.idle("http", ready).await.map_err(halt)?,
            false => ready.await,
        }
    }

    async fn until(&mut self, pollable: u32) -> wasmtime::Result<()> {
        let pollable = Resource::new_borrow(pollable);
        let ready = poll::HostPollable::block(self.table, pollable);
        Self::wait(self.meter, self.for_host, ready).await
    }
}

impl poll::Host for Waiting<'_> {
    async fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.go_on().map_err(halt)?;
        if let Some(ready) = self.tape.wakes(pollables.len()) {
            // What was ready then is about to be, in whatever order.
            let places = ready
                .iter()
                .filter_map(|place| usize::try_from(*place).ok());
            for pollable in places.filter_map(|place| pollables.get(place)) {
                self.until(pollable.rep()).await?;
                self.go_on().map_err(halt)?;
            }
            return Ok(ready);
        }
        let ready = poll::Host::poll(self.table, pollables);
        let ready = Self::wait(self.meter, self.for_host, ready).await?;
        self.tape.woke(&ready);
        Ok(ready)
    }
}

impl poll::HostPollable for Waiting<'_> {
    async fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.go_on().map_err(halt)?;
        self.until(pollable.rep()).await
    }

    async fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        self.go_on().map_err(halt)?;
        if let Some(ready) = self.tape.wakes(1) {
            if !ready.is_empty() {
                self.until(pollable.rep()).await?;
            }
            return Ok(!ready.is_empty());
        }
        let is_ready = poll::HostPollable::ready(self.table, pollable).await?;
        self.tape.woke(if is_ready { &[0] } else { &[] });
        Ok(is_ready)
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        poll::HostPollable::drop(self.table, pollable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_may_change_something_have_places_of_their_own() {
        let mut hooks = Outgoing::new().hooks;
        let mut place = |method: &str| hooks.place(&method.parse().unwrap());
        assert_eq!(place("GET"), None);
        assert_eq!(place("POST"), Some(0));
        assert_eq!(place("HEAD"), None);
        assert_eq!(place("OPTIONS"), None);
        assert_eq!(place("DELETE"), Some(1));
        assert_eq!(place("MAKE"), Some(2));
    }
}
