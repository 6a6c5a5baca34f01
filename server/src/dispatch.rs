//! One connection: challenge, log-in or enrolment, then requests in any order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use thamvan_proto::cbor::{ByteVec, CborError};
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{
    Answer, Body, Challenge, Consistency, Enrol, Frame, Null, Subscribe, VERSION,
};
use thamvan_proto::id::{DeviceId, Salt, StreamId};
use thamvan_proto::limits::{FRAME_BEFORE_LOGIN_LEN_MAX, FRAME_LEN_MAX};
use thamvan_proto::tlog::Hash;
use thamvan_server_core::login::Binding;
use thamvan_server_core::store::Store;
use thamvan_server_core::{Refusal, access, login};
use tokio::io::AsyncRead;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tracing::error;

use crate::error::RunError;
use crate::gate::{Gate, Pages};
use crate::heads;
use crate::limits::{
    ENROL_REFUSALS_MAX, IN_FLIGHT_MAX, RATE_LIMITED_PAUSE, STOP_ANSWERS_TIMEOUT, SUBSCRIPTIONS_MAX,
};
use crate::metrics;
use crate::places::Place;
use crate::queue::Queue;
use crate::sequencer::Request;
use crate::shared::{Service, Shared};
use crate::subscription::Subscription;
use crate::witnessed_push::Push;
use crate::ws::{self, Ended, Held, Inbound, Outgoing};

/// One connection after the upgrade.
pub(crate) struct Connection {
    shared: Arc<Shared>,
    queue: Queue,
    gate: Arc<Gate>,
    place: Place,
    /// Once it is known whose connection this is.
    pages: Option<Pages>,
    outbound: mpsc::Sender<Outgoing>,
    exporter: Salt,
    /// Subscriptions and requests in flight; all end with the connection.
    tasks: JoinSet<()>,
    /// Each with a receiver that ends when its task has.
    subscriptions: BTreeMap<StreamId, (AbortHandle, oneshot::Receiver<()>)>,
    in_flight: Arc<Semaphore>,
}

impl Connection {
    pub(crate) fn new(
        service: Service,
        place: Place,
        outbound: mpsc::Sender<Outgoing>,
        exporter: Salt,
    ) -> Self {
        Self {
            shared: service.shared,
            queue: service.queue,
            gate: service.gate,
            place,
            pages: None,
            outbound,
            exporter,
            tasks: JoinSet::new(),
            subscriptions: BTreeMap::new(),
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT_MAX)),
        }
    }

    /// Serves the peer until it goes, is refused, or the server stops.
    pub(crate) async fn run<S>(mut self, inbound: &mut Inbound<S>)
    where
        S: AsyncRead + Unpin,
    {
        let shared = Arc::clone(&self.shared);
        let mut stopping = shared.stopping.subscribe();
        let outbound = self.outbound.clone();
        let ended = tokio::select! {
            ended = self.serve(inbound) => Some(ended),
            // Who takes no answers is not asked what else it wants.
            () = outbound.closed() => Some(Ended::Gone),
            _ = stopping.wait_for(|stopping| *stopping) => None,
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                self.answers_under_way().await;
                let refusal = Refusal::new(ErrorCode::Stopping, "the server is stopping");
                Ended::Refused(refusal, CloseCode::Away)
            }
        };
        let code = match ended {
            Ended::Gone => CloseCode::Normal,
            Ended::Told(code) => code,
            Ended::Refused(refusal, code) => {
                self.shared.metrics.refused(refusal.code);
                self.send(0, Body::Refused(refusal.to_frame())).await;
                code
            }
        };
        let _ = self.outbound.send(ws::close(code)).await;
    }

    /// What the sequencer has is still answered, if the peer takes the answers.
    async fn answers_under_way(&self) {
        let all = u32::try_from(IN_FLIGHT_MAX).unwrap_or(u32::MAX);
        let _ = timeout(STOP_ANSWERS_TIMEOUT, self.in_flight.acquire_many(all)).await;
    }

    async fn serve<S>(&mut self, inbound: &mut Inbound<S>) -> Ended
    where
        S: AsyncRead + Unpin,
    {
        let device = match self.log_in(inbound).await {
            Ok(device) => device,
            Err(ended) => return ended,
        };
        self.push_witnessed().await;
        loop {
            let (frame, len) = match inbound.next(FRAME_LEN_MAX, self.gate.timeouts.idle).await {
                Err(ended) => return ended,
                Ok(bytes) => (Frame::parse(&bytes, FRAME_LEN_MAX), bytes.len()),
            };
            while self.tasks.try_join_next().is_some() {}
            let ended = match frame {
                Err(error) => Err(malformed(&error)),
                Ok(frame) => match self.gate.rates.frame(device, len) {
                    Ok(()) => self.handle(device, frame).await,
                    Err(wait) => self.slow_down(frame, wait).await,
                },
            };
            if let Err(ended) = ended {
                return ended;
            }
        }
    }

    /// Challenge, then enrolments until there is a log-in.
    async fn log_in<S>(&mut self, inbound: &mut Inbound<S>) -> Result<DeviceId, Ended>
    where
        S: AsyncRead + Unpin,
    {
        let nonce = self.challenge().await?;
        let mut refusals = 0;
        loop {
            let patience = self.gate.timeouts.login;
            let next = inbound.next(FRAME_BEFORE_LOGIN_LEN_MAX, patience);
            let bytes = timeout(patience, next).await.map_err(|_| Ended::Gone)??;
            let frame = Frame::parse(&bytes, FRAME_BEFORE_LOGIN_LEN_MAX)
                .map_err(|error| malformed(&error))?;
            if let Body::Login(login) = frame.body {
                let device = self.check_login(frame.id, login, nonce).await?;
                let shares = match self.place.log_in(device) {
                    Ok(shares) => shares,
                    Err(refusal) => {
                        self.shared.metrics.rate_limited("places");
                        return self.refuse(frame.id, &refusal).await;
                    }
                };
                self.pages = Some(self.gate.pages(&shares));
                inbound.allow_large(shares);
                let granted = Body::Ok(Answer::new(&Null));
                self.answer(frame.id, "login", granted).await;
                return Ok(device);
            }
            let Body::Enrol(enrol) = frame.body else {
                let refusal = Refusal::new(ErrorCode::NotLoggedIn, "log in first");
                return self.refuse(frame.id, &refusal).await;
            };
            if !self.enrol(frame.id, enrol).await {
                refusals += 1;
            }
            if refusals >= ENROL_REFUSALS_MAX {
                return Err(Ended::Gone);
            }
        }
    }

    /// Says whether it was granted.
    async fn enrol(&self, id: u64, enrol: Enrol) -> bool {
        if let Err(wait) = self.gate.rates.enrolments.take(self.place.network(), 1) {
            self.shared.metrics.rate_limited("enrolments_per_address");
            let refusal = too_fast("too many enrolments from this address", wait);
            self.answer(id, "enrol", Body::Refused(refusal.to_frame()))
                .await;
            return false;
        }
        self.ask(id, Request::Enrol(enrol)).await
    }

    /// Refuses one frame and reads the next a little later.
    async fn slow_down(&self, frame: Frame, wait: Duration) -> Result<(), Ended> {
        self.shared.metrics.rate_limited("device");
        let refusal = too_fast("too much from this device", wait);
        let kind = metrics::kind(&frame.body);
        self.answer(frame.id, kind, Body::Refused(refusal.to_frame()))
            .await;
        tokio::time::sleep(wait.min(RATE_LIMITED_PAUSE)).await;
        Ok(())
    }

    async fn challenge(&self) -> Result<Salt, Ended> {
        let mut nonce = [0; 32];
        getrandom::fill(&mut nonce).map_err(|_| Ended::Gone)?;
        let nonce = Salt(nonce);
        let challenge = Challenge {
            nonce,
            origin: self.shared.origin.to_string(),
            version: VERSION,
            minimum: self.gate.minimum_version,
        };
        self.send(0, Body::Challenge(challenge)).await;
        Ok(nonce)
    }

    async fn check_login(&self, id: u64, bytes: ByteVec, nonce: Salt) -> Result<DeviceId, Ended> {
        let (network, failed) = (self.place.network(), &self.gate.rates.failed_logins);
        if let Err(wait) = failed.look(&network) {
            self.shared
                .metrics
                .rate_limited("failed_logins_per_address");
            let refusal = too_fast("too many refused log-ins from this address", wait);
            return self.refuse(id, &refusal).await;
        }
        let (shared, exporter) = (Arc::clone(&self.shared), self.exporter);
        let minimum = self.gate.minimum_version;
        let judged = tokio::task::spawn_blocking(move || {
            let binding = Binding {
                minimum,
                nonce,
                exporter,
                origin: &shared.origin,
                log_key: &shared.log_key,
            };
            login::decide(&shared.state(), &bytes, &binding)
        });
        let judged = judged.await.map_err(|_| Ended::Gone)?;
        match judged {
            Err(refusal) => {
                // Refused already; the next ones will be told.
                let _ = failed.take(network, 1);
                self.refuse(id, &refusal).await
            }
            Ok(logged_in) => match logged_in.rolled_back {
                None => Ok(logged_in.device),
                Some(known) => {
                    error!(
                        size = known.size,
                        "a device knows a later or another checkpoint with our signature"
                    );
                    self.shared.end(RunError::refuses(
                        "a device presented a checkpoint with our signature that this log does not extend: an old copy is running",
                    ));
                    Err(Ended::Gone)
                }
            },
        }
    }

    async fn handle(&mut self, device: DeviceId, frame: Frame) -> Result<(), Ended> {
        let (id, kind) = (frame.id, metrics::kind(&frame.body));
        // What may be long is made when there is a place for it.
        let held = match &frame.body {
            Body::FetchBody(_)
            | Body::ListStreams(_)
            | Body::ListEnrolments(_)
            | Body::Heads(_)
            | Body::FetchPolicy(_) => Some(self.page().await?),
            Body::Submit(_)
            | Body::PutKeyPackages(_)
            | Body::TakeKeyPackage(_)
            | Body::AcknowledgeCursor(_)
            | Body::Subscribe(_)
            | Body::Consistency(_)
            | Body::BlobCapability(_)
            | Body::Login(_)
            | Body::Enrol(_)
            | Body::Challenge(_)
            | Body::Ok(_)
            | Body::Refused(_)
            | Body::Delivery(_)
            | Body::CaughtUp(_)
            | Body::Witnessed(_) => None,
        };
        let answered = match frame.body {
            Body::Submit(submit) => return self.queue(id, Request::Submit(device, submit)).await,
            Body::PutKeyPackages(packages) => {
                return self
                    .queue(id, Request::PutKeyPackages(device, packages))
                    .await;
            }
            Body::TakeKeyPackage(take) => {
                return self.queue(id, Request::TakeKeyPackage(device, take)).await;
            }
            Body::AcknowledgeCursor(cursor) => {
                let request = Request::Acknowledge(device, cursor.stream, cursor.seq);
                return self.queue(id, request).await;
            }
            Body::Subscribe(subscribe) => return self.subscribe(id, device, &subscribe).await,
            Body::ListStreams(Null) => self.list_streams(&device),
            Body::FetchBody(hash) => self.fetch_body(device, hash).await,
            Body::Consistency(asked) => self.consistency(&device, &asked),
            Body::Heads(asked) => heads::answer(&self.shared, device, asked).await,
            Body::BlobCapability(asked) => {
                let shared = &self.shared;
                shared
                    .blobs
                    .grant(&shared.state(), device, &asked, self.shared.now_ms())
            }
            Body::ListEnrolments(Null) => {
                access::enrolments(&self.shared.state(), &device, self.shared.now_ms())
                    .map(|list| Answer::new(&list))
            }
            Body::FetchPolicy(Null) => access::owner(&self.shared.state(), &device)
                .map(|_| Answer::new(&self.shared.board.policy_text())),
            Body::Login(_)
            | Body::Enrol(_)
            | Body::Challenge(_)
            | Body::Ok(_)
            | Body::Refused(_)
            | Body::Delivery(_)
            | Body::CaughtUp(_)
            | Body::Witnessed(_) => {
                let refusal = Refusal::new(ErrorCode::Malformed, "the frame does not belong here");
                return Err(Ended::Refused(refusal, CloseCode::Policy));
            }
        };
        let body = reply(answered);
        self.shared.metrics.answered(kind, &body);
        // A closed connection shows itself at the next read.
        let message = ws::message(id, body).holding(held);
        let _ = self.outbound.send(message).await;
        Ok(())
    }

    /// A place among the large pages, in this connection's turn.
    async fn page(&self) -> Result<Held, Ended> {
        let pages = self.pages.as_ref().ok_or(Ended::Gone)?;
        let turn = pages.turn().await.ok_or(Ended::Gone)?;
        pages.large(turn).await.ok_or(Ended::Gone)
    }

    /// Hands a request to the sequencer and goes on reading: many of one connection share one durable batch.
    async fn queue(&mut self, id: u64, request: Request) -> Result<(), Ended> {
        let kind = request.kind();
        let permit = Arc::clone(&self.in_flight).acquire_owned().await;
        let answer = self.queue.push(request).await.ok_or(Ended::Gone)?;
        let (outbound, shared) = (self.outbound.clone(), Arc::clone(&self.shared));
        self.tasks.spawn(async move {
            if let Ok(answered) = answer.await {
                // A closed connection wants no answer.
                let body = reply(answered);
                shared.metrics.answered(kind, &body);
                let _ = outbound.send(ws::message(id, body)).await;
            }
            drop(permit);
        });
        Ok(())
    }

    /// Hands a request to the sequencer and waits; says whether it was granted.
    async fn ask(&self, id: u64, request: Request) -> bool {
        let Some(answer) = self.queue.push(request).await else {
            return false;
        };
        let Ok(answered) = answer.await else {
            return false;
        };
        let granted = answered.is_ok();
        self.answer(id, "enrol", reply(answered)).await;
        granted
    }

    /// The newest quorum before anything else, then each newer one.
    async fn push_witnessed(&mut self) {
        let mut push = Push {
            newest: self.shared.board.witnessed(),
            outbound: self.outbound.clone(),
        };
        push.send().await;
        self.tasks.spawn(push.run());
    }

    async fn subscribe(
        &mut self,
        id: u64,
        device: DeviceId,
        subscribe: &Subscribe,
    ) -> Result<(), Ended> {
        let stream = subscribe.stream;
        let open = access::may_read(&self.shared.state(), &device, &stream, self.shared.now_ms());
        // Subscribing again starts over from another place.
        if let Some((old, ended)) = self.subscriptions.remove(&stream) {
            old.abort();
            // Nothing of the old order may come between deliveries of the new one.
            let _ = ended.await;
        }
        self.subscriptions
            .retain(|_, (task, _)| !task.is_finished());
        let room = self.subscriptions.len() < SUBSCRIPTIONS_MAX;
        let decided = open.and_then(|()| {
            let refusal = || Refusal::new(ErrorCode::RateLimited, "too many subscriptions");
            room.then(|| Answer::new(&Null)).ok_or_else(refusal)
        });
        let granted = decided.is_ok();
        self.answer(id, "subscribe", reply(decided)).await;
        if granted {
            let subscription = Subscription {
                pages: self.pages.clone().ok_or(Ended::Gone)?,
                large: false,
                shared: Arc::clone(&self.shared),
                outbound: self.outbound.clone(),
                device,
                stream,
                next: subscribe.from,
            };
            let (alive, ended) = oneshot::channel::<()>();
            let handle = self.tasks.spawn(async move {
                let _alive = alive;
                subscription.run().await;
            });
            self.subscriptions.insert(stream, (handle, ended));
        }
        Ok(())
    }

    fn list_streams(&self, device: &DeviceId) -> Result<Answer, Refusal> {
        let size = self.shared.published().size;
        access::streams(&self.shared.state(), device, size, self.shared.now_ms())
            .map(|list| Answer::new(&list))
    }

    async fn fetch_body(&self, device: DeviceId, hash: Hash) -> Result<Answer, Refusal> {
        access::may_fetch(&self.shared.state(), &device, &hash, self.shared.now_ms())?;
        let shared = Arc::clone(&self.shared);
        let read = tokio::task::spawn_blocking(move || shared.journal.body(&hash)).await;
        match read {
            Ok(Ok(Some(body))) => Ok(Answer::new(&ByteVec::from(body))),
            Ok(Ok(None)) | Err(_) => Err(Refusal::new(ErrorCode::NotFound, "the body is gone")),
            Ok(Err(error)) => {
                self.shared.end(error.into());
                Err(Refusal::new(ErrorCode::Stopping, "the server is stopping"))
            }
        }
    }

    fn consistency(&self, device: &DeviceId, asked: &Consistency) -> Result<Answer, Refusal> {
        let published = self.shared.published().size;
        let state = self.shared.state();
        access::owner(&state, device)?;
        let path = (asked.new <= published)
            .then(|| state.tree().consistency_path(asked.old, asked.new).ok())
            .flatten();
        path.map(|path| Answer::new(&path))
            .ok_or_else(|| Refusal::new(ErrorCode::NotFound, "no such two sizes of the log"))
    }

    async fn refuse<T>(&self, id: u64, refusal: &Refusal) -> Result<T, Ended> {
        let refused = Body::Refused(refusal.to_frame());
        self.answer(id, "login", refused).await;
        Err(Ended::Told(CloseCode::Policy))
    }

    async fn answer(&self, id: u64, kind: &'static str, body: Body) {
        self.shared.metrics.answered(kind, &body);
        self.send(id, body).await;
    }

    async fn send(&self, id: u64, body: Body) {
        // A closed connection shows itself at the next read.
        let _ = self.outbound.send(ws::message(id, body)).await;
    }
}

fn reply(answered: Result<Answer, Refusal>) -> Body {
    match answered {
        Ok(answer) => Body::Ok(answer),
        Err(refusal) => Body::Refused(refusal.to_frame()),
    }
}

fn too_fast(what: &str, wait: Duration) -> Refusal {
    let seconds = wait.as_secs().saturating_add(1);
    Refusal::new(
        ErrorCode::RateLimited,
        format!("{what}: again in {seconds} s"),
    )
}

fn malformed(error: &CborError) -> Ended {
    let refusal = Refusal::new(ErrorCode::Malformed, error.to_string());
    Ended::Refused(refusal, CloseCode::Policy)
}
