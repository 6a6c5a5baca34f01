//! The way to the sequencer: bounded in jobs and in bytes. What does not fit waits with its connection; nothing is dropped.

use std::mem::size_of;
use std::sync::Arc;

use thamvan_proto::cbor::ByteVec;
use thamvan_proto::frame::{Answer, KeyPackageUpload};
use thamvan_server_core::Refusal;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::limits::{SEQUENCER_QUEUE_BYTES_MAX, SEQUENCER_QUEUE_MAX};
use crate::sequencer::{Job, Request};

/// Where an answer comes, once it is durable.
pub(crate) type Reply = oneshot::Receiver<Result<Answer, Refusal>>;

/// One end for each connection. The sequencer ends when the last one is gone.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    jobs: mpsc::Sender<Job>,
    bytes: Arc<Semaphore>,
}

/// An end that does not keep the sequencer alive.
#[derive(Debug)]
pub(crate) struct WeakQueue {
    jobs: mpsc::WeakSender<Job>,
    bytes: Arc<Semaphore>,
}

impl WeakQueue {
    /// The queue, while somebody else still has an end of it.
    pub(crate) fn upgrade(&self) -> Option<Queue> {
        Some(Queue {
            jobs: self.jobs.upgrade()?,
            bytes: Arc::clone(&self.bytes),
        })
    }
}

impl Queue {
    pub(crate) fn downgrade(&self) -> WeakQueue {
        WeakQueue {
            jobs: self.jobs.downgrade(),
            bytes: Arc::clone(&self.bytes),
        }
    }

    pub(crate) fn new() -> (Self, mpsc::Receiver<Job>) {
        let (jobs, receiver) = mpsc::channel(SEQUENCER_QUEUE_MAX);
        let bytes = Arc::new(Semaphore::new(SEQUENCER_QUEUE_BYTES_MAX));
        (Self { jobs, bytes }, receiver)
    }

    /// Waits for room in bytes and in jobs, first come first served; `None` when the sequencer has ended.
    pub(crate) async fn push(&self, request: Request) -> Option<Reply> {
        let bytes = held_bytes(&request).min(SEQUENCER_QUEUE_BYTES_MAX);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let held = Arc::clone(&self.bytes).acquire_many_owned(bytes).await;
        let (reply, answer) = oneshot::channel();
        let job = Job {
            request,
            reply,
            _held: held.ok()?,
        };
        self.jobs.send(job).await.ok()?;
        Some(answer)
    }

    /// Jobs that wait.
    pub(crate) fn len(&self) -> usize {
        self.jobs
            .max_capacity()
            .saturating_sub(self.jobs.capacity())
    }

    /// Whether there is a sequencer.
    pub(crate) fn is_open(&self) -> bool {
        !self.jobs.is_closed()
    }
}

impl Request {
    /// The word for it in a metric.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Submit(..) => "submit",
            Self::Enrol(_) => "enrol",
            Self::PutKeyPackages(..) => "put_key_packages",
            Self::TakeKeyPackage(..) => "take_key_package",
            Self::Acknowledge(..) => "acknowledge_cursor",
            Self::Heads => "heads",
            Self::StoreBlob(..) => "store_blob",
        }
    }
}

/// Memory that a request holds while it waits: what it brings, and the place of each part.
fn held_bytes(request: &Request) -> usize {
    let places = match request {
        Request::Submit(_, submit) => submit.sides.len() * size_of::<ByteVec>(),
        Request::PutKeyPackages(_, packages) => packages.len() * size_of::<KeyPackageUpload>(),
        Request::Enrol(enrol) => enrol.root.as_ref().map_or(0, |root| {
            let sides: usize = root.sides.iter().map(|side| side.len()).sum();
            root.entry.len() + root.body.len() + sides + root.sides.len() * size_of::<ByteVec>()
        }),
        Request::TakeKeyPackage(..)
        | Request::Acknowledge(..)
        | Request::Heads
        | Request::StoreBlob(..) => 0,
    };
    size_of::<Job>() + request.len() + places
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use thamvan_proto::frame::Submit;
    use thamvan_proto::id::{DeviceId, StreamId};
    use thamvan_proto::limits::FRAME_LEN_MAX;

    use super::*;

    fn submit(len: usize) -> Request {
        let submit = Submit {
            entry: Vec::new().into(),
            body: vec![0; len].into(),
            sides: Vec::new(),
            stream_key: None,
        };
        Request::Submit(DeviceId([1; 16]), submit)
    }

    #[tokio::test]
    async fn bytes_that_do_not_fit_wait_and_nothing_is_dropped() {
        let (queue, mut jobs) = Queue::new();
        let mut fitting = 0;
        let mut next = loop {
            let mut next = Box::pin(queue.push(submit(FRAME_LEN_MAX)));
            let polled = next.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            match polled {
                Poll::Ready(reply) => assert!(reply.is_some()),
                Poll::Pending => break next,
            }
            fitting += 1;
        };
        let whole = SEQUENCER_QUEUE_BYTES_MAX / FRAME_LEN_MAX;
        assert_eq!(fitting, whole - 1, "each is a little more than its body");
        assert_eq!(queue.len(), fitting);
        // A small one does not overtake: who brings much is not starved by those who bring little.
        let small = Request::Acknowledge(DeviceId([1; 16]), StreamId::DIRECTORY, 1);
        let mut small = pin!(queue.push(small));
        let mut context = Context::from_waker(Waker::noop());
        assert!(small.as_mut().poll(&mut context).is_pending());
        drop(jobs.recv().await.unwrap());
        assert!(next.as_mut().poll(&mut context).is_ready());
        assert!(small.as_mut().poll(&mut context).is_ready());
        for _ in 0..fitting + 1 {
            jobs.recv().await.unwrap();
        }
        assert_eq!(queue.len(), 0);
    }

    #[tokio::test]
    async fn many_tiny_parts_count_for_the_memory_that_they_take() {
        let package = KeyPackageUpload {
            key_package: Vec::new().into(),
            expires: 0,
            last_resort: false,
        };
        let request = Request::PutKeyPackages(DeviceId([1; 16]), vec![package; 1_000_000]);
        assert!(held_bytes(&request) >= 24_000_000);
    }

    #[tokio::test]
    async fn a_queue_without_a_sequencer_takes_nothing() {
        let (queue, jobs) = Queue::new();
        drop(jobs);
        assert!(queue.push(submit(1)).await.is_none());
    }
}
