//! Maxima and timeouts of the shell; those of the protocol stand in `thamvan_proto::limits`.

use std::time::Duration;

use thamvan_proto::tlog::NOTE_LEN_MAX;

/// Bytes of a journal segment, zero-filled ahead so that a write inside it changes no file metadata.
pub const SEGMENT_LEN: u64 = 8 * 1024 * 1024;
/// Jobs that wait for the sequencer; a full queue pauses the connections.
pub const SEQUENCER_QUEUE_MAX: usize = 4_096;
/// Bytes of jobs that wait for the sequencer: 16 of the longest frames. Without it 4,096 jobs of 4 MiB would be 16 GiB.
pub const SEQUENCER_QUEUE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Jobs in one durable batch.
pub const BATCH_JOBS_MAX: usize = 1_024;
/// Bytes of bodies in one durable batch before it is closed: bounds memory and the time of one sync.
pub const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Jobs whose signatures are verified together before the sequencer takes them: 64 x 56 us is under 4 ms on one core.
pub const VERIFIED_JOBS_MAX: usize = 64;
/// So many are verified where they are: threads cost more than they save.
pub const VERIFIED_INLINE_MAX: usize = 3;
/// Verified jobs that wait for the sequencer; more wait unverified.
pub const OPENED_QUEUE_MAX: usize = 256;
/// Free bytes in the data folder below which nothing is taken. Enough for one whole batch (16 MiB of bodies and one frame of
/// 4 MiB over it, 1,024 records in 5 MiB), two fresh segments for it (at most 26 MiB in all), and the small files.
pub const STORAGE_FREE_BYTES_MIN: u64 = 64 * 1024 * 1024;
/// MLS groups whose public side is kept open: 64 of 200 devices under X-Wing are some 40 MB, and a further one is opened from the
/// journal in the time of its signatures (200 x 56 us).
pub const PUBLIC_GROUPS_MAX: usize = 64;
/// Changes that a start reads ahead at a time.
pub const READ_AHEAD_CHANGES: usize = 64;
/// Bytes of bodies after which it hands them over earlier.
pub const READ_AHEAD_BYTES: usize = 1024 * 1024;
/// Parts that wait: at most 4 x (1 MiB and one body of 4 MiB) are in memory.
pub const READ_AHEAD_PARTS_MAX: usize = 4;
/// Memory that the index's engine may keep pages in.
pub const INDEX_CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// Rows after which the index is written out: at 600 bytes a record, what is read again after a kill is some 40 MB.
pub const INDEX_FLUSH_LEAVES: usize = 64 * 1024;
/// Rest of the index's thread between batches, so that what comes meanwhile is one write of the engine.
pub const INDEX_PAUSE: Duration = Duration::from_millis(20);
/// Longest segment: one frame of a whole batch of changes, far above what one batch can bring.
pub const SEGMENT_LEN_MAX: u64 = 1024 * 1024 * 1024;
/// Files in a backup: segments of 8 MiB and blobs; a journal of 400 GB and 50,000 attachments.
pub const BACKUP_FILES_MAX: usize = 100_000;
/// Bytes of a small file in a backup.
pub const BACKUP_SMALL_LEN_MAX: u64 = 1024 * 1024;
/// Bytes of the manifest of a backup: 200 for each file, twice.
pub const MANIFEST_LEN_MAX: u64 = 40 * 1024 * 1024;
/// Readings of both copies of the checkpoint by a backup, while the server replaces them.
pub const CHECKPOINT_READS_MAX: u32 = 1_000;
/// Connections at one time; more wait in the listen queue. Fewer where the process may open fewer files.
pub const CONNECTIONS_MAX: usize = 10_000;
/// Of them, those that are not logged in: at most 50 s for handshake, head and log-in each, so 40 new ones a second at least.
pub const CONNECTIONS_BEFORE_LOGIN_MAX: usize = 2_000;
/// Connections from one IPv4 address or IPv6 /64: a ministry with all its devices may be behind one.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 6_000;
/// Connections of one device: one that lives, and those that died unnoticed within [`IDLE_TIMEOUT`].
pub const CONNECTIONS_PER_DEVICE_MAX: usize = 16;
/// Peers whose rate is remembered, of each kind: 100 bytes each, six kinds, so 40 MiB.
pub const RATE_LIMITED_MAX: usize = 65_536;
/// After a frame that was refused for its rate the next one is read this much later, or when it would be granted: a flood
/// costs 10 refusals a second and connection.
pub const RATE_LIMITED_PAUSE: Duration = Duration::from_millis(100);
/// A frame up to here needs no place among the long ones.
pub const FRAME_SMALL_LEN: usize = thamvan_proto::limits::FRAME_BEFORE_LOGIN_LEN_MAX;
/// Longer frames on their way in at one time.
pub const LARGE_FRAMES_MAX: usize = 32;
/// Of them, those of one device.
pub const DEVICE_LARGE_FRAMES_MAX: usize = 2;
/// Parts of one frame: browsers make them of 16 KiB or more.
pub const FRAGMENTS_MAX: usize = 1_024;
/// Pings, pongs and closes of one connection at once; one that lives sends one in each [`PING_INTERVAL`].
pub const CONTROL_FRAMES_BURST: u64 = 32;
/// And in each second.
pub const CONTROL_FRAMES_PER_SECOND: u64 = 1;
/// Short messages are gathered to this length for one write.
pub const WRITE_COALESCED_LEN: usize = 16 * 1024;
/// Bytes read and dropped after the goodbye: one frame that was refused for its length.
pub const LINGER_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Frames that wait for one slow reader.
pub const OUTBOUND_FRAMES_MAX: usize = 16;
/// Requests of one connection that wait for the sequencer at one time.
pub const IN_FLIGHT_MAX: usize = 32;
/// Subscriptions of one connection.
pub const SUBSCRIPTIONS_MAX: usize = 1_024;
/// Bytes of newest deliveries kept encoded: about 10,000 messages of 1 KiB; whoever lags by more reads the journal.
pub const LIVE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Records that one subscription reads from the journal at a time.
pub const DELIVERY_RECORDS_MAX: usize = 32;
/// Bytes after which one such reading stops early.
pub const DELIVERY_BYTES_MAX: usize = 512 * 1024;
/// A page of deliveries up to here needs no place among the large ones.
pub const PAGE_SMALL_LEN: usize = 16 * 1024;
/// Larger pages and bodies on their way out at one time, each until it is written.
pub const PAGES_MAX: usize = 64;
/// Of them, those of one device.
pub const DEVICE_PAGES_MAX: usize = 4;
/// Threads that read the journal and judge log-ins; each holds one page at most.
pub const BLOCKING_THREADS_MAX: usize = 64;
/// Enrolment frames refused on one connection before it is closed: a code is not guessed in volume.
pub const ENROL_REFUSALS_MAX: u32 = 5;
/// Buffer of hyper, its minimum.
pub const HTTP_BUFFER_LEN: usize = 8 * 1024;
/// Read buffer of a WebSocket, resident for every idle connection; longer messages take more copies, not more system calls.
pub const WEBSOCKET_READ_BUFFER_LEN: usize = 1024;
/// Bytes of the genesis file.
pub const GENESIS_FILE_LEN_MAX: u64 = 4 * 1024 * 1024;
/// Bytes of an answer to us: a witness's cosignatures fit below a note, and its latest checkpoint is a note.
pub const EXCHANGE_ANSWER_LEN_MAX: usize = NOTE_LEN_MAX;
/// Buffer for the head of an answer to us.
pub const EXCHANGE_BUFFER_LEN: usize = 16 * 1024;

/// Least time between two checkpoints that witnesses are asked to cosign: at most 86,400 a day and witness.
pub const WITNESS_INTERVAL: Duration = Duration::from_secs(1);
/// Time after which the same checkpoint is cosigned again, so that cosignatures stay fresh while nothing happens.
pub const WITNESS_HEARTBEAT: Duration = Duration::from_secs(60);
/// One exchange with a witness or a receiver of alerts, from the connection to the last byte of the answer.
pub const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a checkpoint waits for its quorum before a larger one is asked for: two exchanges of a slow witness (a 409, then
/// the proof from the size that it names) and 2 s.
pub const WITNESS_ROUND_MAX: Duration = Duration::from_secs(12);
/// How long `/log/checkpoint` shows the last quorum while a larger checkpoint waits for one.
pub const WITNESS_QUORUM_LAG_MAX: Duration = Duration::from_secs(10);
/// First pause after a witness has failed; doubled each time.
pub const WITNESS_BACKOFF_MIN: Duration = Duration::from_secs(1);
/// Longest pause after a witness has failed.
pub const WITNESS_BACKOFF_MAX: Duration = Duration::from_secs(15);
/// Least time between two pushes of a quorum to one connection: 10,000 connections make 5,000 frames of 1 KiB a second.
pub const WITNESSED_PUSH_INTERVAL: Duration = Duration::from_secs(2);
/// Connections to the metrics listener at one time; each is answered once.
pub const METRICS_CONNECTIONS_MAX: usize = 8;
/// One of them, from its beginning to its end.
pub const METRICS_TIMEOUT: Duration = Duration::from_secs(10);
/// After a connection that could not be accepted.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Bytes of the file of contacts: some 5,000 officials.
pub const CONTACTS_FILE_LEN_MAX: u64 = 1024 * 1024;
/// Addresses, and telephone numbers, of one official.
pub const CONTACTS_PER_OFFICIAL_MAX: usize = 4;
/// Between two looks at what alerts are due: a walk over the open consultations, well under a millisecond.
pub const ALERT_INTERVAL: Duration = Duration::from_millis(500);
/// Alerts on their way at one time; whatever else is due is found again at the next look, so nothing queues up.
pub const ALERTS_UNDER_WAY_MAX: usize = 8;
/// One mail or one run of the program, to its end.
pub const ALERT_TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes read back at a start from the end of the record of alerts: some 2,700 tries, two hours of twenty seats that nobody
/// attends and that are told as often as one may be.
pub const ALERT_RECORD_TAIL_LEN: u64 = 1024 * 1024;

/// How long peers may take, so that a test need not wait as long.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// [`TLS_TIMEOUT`].
    pub tls: Duration,
    /// [`HTTP_HEAD_TIMEOUT`].
    pub http_head: Duration,
    /// [`HTTP_CONNECTION_MAX`].
    pub http_connection: Duration,
    /// [`LOGIN_TIMEOUT`].
    pub login: Duration,
    /// [`FRAME_TIMEOUT`].
    pub frame: Duration,
    /// [`IDLE_TIMEOUT`].
    pub idle: Duration,
    /// [`CERTIFICATE_INTERVAL`].
    pub certificate: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            tls: TLS_TIMEOUT,
            http_head: HTTP_HEAD_TIMEOUT,
            http_connection: HTTP_CONNECTION_MAX,
            login: LOGIN_TIMEOUT,
            frame: FRAME_TIMEOUT,
            idle: IDLE_TIMEOUT,
            certificate: CERTIFICATE_INTERVAL,
        }
    }
}

/// Between two looks at the times of the TLS files.
pub const CERTIFICATE_INTERVAL: Duration = Duration::from_secs(60);
/// Memory of a connection before log-in: TLS 32 KiB, two buffers of HTTP, one short frame.
pub const CONNECTION_BEFORE_LOGIN_LEN: u64 = 64 * KIB;
/// Memory of one that is logged in and rests: measured 17 KiB after log-in; traffic adds the buffers of TLS.
pub const CONNECTION_IDLE_LEN: u64 = 32 * KIB;
/// Memory of one that does all it can without a place among the long frames and large pages: 48 KiB of TLS and buffers, a
/// short frame and what it parses to (32 KiB), 16 messages that wait, each a short page or an answer of at most 8 KiB
/// (record, path, checkpoint) or the last of a short page (16 x 16 KiB), and 32 answers under way (256 KiB).
pub const CONNECTION_BUSY_LEN: u64 = 592 * KIB;
/// Memory that all share, however many they are: long frames and what they parse to (32 x 2 x 4 MiB), jobs that wait
/// (64 MiB), a batch, its changes and its bytes (3 x 20 MiB), large pages with one body over the page's length (64 x 2 MiB,
/// twice: read and encoded), one page for each thread that reads (64 x 1 MiB), what peers owe (40 MiB), newest deliveries
/// and the index's pages (32 MiB).
pub const SHARED_LEN_MAX: u64 = 772 * 1024 * KIB;

/// Bytes that the process needs for peers at most, beside the state of the log itself: the register's directory, leaves and
/// tree grow with the log and not with peers. The worst of the defaults, 2,000 before log-in and 8,000 that do all they can, is
/// 5.4 GiB; 5,000 that rest need 0.9 GiB at most, and in fact about 100 MiB.
#[must_use]
pub const fn memory_len_max(before_login: u64, resting: u64, busy: u64) -> u64 {
    before_login * CONNECTION_BEFORE_LOGIN_LEN
        + resting * CONNECTION_IDLE_LEN
        + busy * CONNECTION_BUSY_LEN
        + SHARED_LEN_MAX
}

const KIB: u64 = 1024;

/// Blob requests that hold a piece of at most 4 MiB in memory at one time: 64 MiB; more are told to come again.
pub const BLOB_REQUESTS_MAX: usize = 16;
/// Bytes of all blobs of one channel: 256 of the largest, some 5,000 documents of 3 MiB. The operator may set another number.
pub const BLOB_BYTES_PER_CHANNEL_MAX: u64 = 16 * 1024 * 1024 * 1024;
/// Bytes of a blob copied at a time into the store.
pub const BLOB_COPY_LEN: u64 = 1024 * 1024;
/// Unfinished uploads of one device.
pub const BLOB_UPLOADS_PER_DEVICE_MAX: usize = 4;
/// Bytes promised to all unfinished uploads: sixteen of the largest.
pub const BLOB_UNFINISHED_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// An upload without a piece for so long is thrown away: a day, so that one begun in the evening goes on in the morning.
pub const BLOB_UPLOAD_LIFETIME_MS: u64 = 24 * 3600 * 1000;
/// One piece of a blob to arrive: 4 MiB at 560 kbit/s; a client on a slower line sends smaller ones.
pub const BLOB_PIECE_TIMEOUT: Duration = Duration::from_secs(60);

/// Steps by which the threads for TLS handshakes give way: while those inside use all processors, whoever knocks still has a
/// seventieth of one, some 30 handshakes a second.
pub const HANDSHAKE_NICENESS: i32 = 19;
/// TLS handshake.
pub const TLS_TIMEOUT: Duration = Duration::from_secs(10);
/// Head of an HTTP request.
pub const HTTP_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that carries plain requests: long enough for a copy of the log, not for ever.
pub const HTTP_CONNECTION_MAX: Duration = Duration::from_secs(600);
/// Each frame before log-in.
pub const LOGIN_TIMEOUT: Duration = Duration::from_secs(30);
/// A frame from its first byte to its last: the longest one at 280 kbit/s.
pub const FRAME_TIMEOUT: Duration = Duration::from_secs(120);
/// Silence of a peer that is logged in; a live one answers pings.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(120);
/// Silence of the server after which it pings.
pub const PING_INTERVAL: Duration = Duration::from_secs(40);
/// What is left to be sent when a connection closes.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// What a peer still sends after the goodbye.
pub const LINGER_TIMEOUT: Duration = Duration::from_secs(1);
/// Answers to requests under way when the server stops; less than [`CLOSE_TIMEOUT`], so that the goodbye still goes out.
pub const STOP_ANSWERS_TIMEOUT: Duration = Duration::from_secs(3);
