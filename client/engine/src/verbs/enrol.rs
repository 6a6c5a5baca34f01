//! Enrolment: from a ticket to a live device (rule S15).

use std::path::PathBuf;
use std::time::Duration;

use thamvan_proto::cbor;
use thamvan_proto::channel::Suite;
use thamvan_proto::directory::DeviceEnrol;
use thamvan_proto::error_code::ErrorCode;
use thamvan_proto::frame::{
    Body, ENROLMENT_ACTIVE, Enrol, EntryWithBodies, KeyPackageUpload, PendingEnrolment,
};
use thamvan_proto::login::{sign_enrolment, verification_code};

use crate::engine::{Engine, META_KEY_PACKAGES_UNTIL, META_NAME};
use crate::error::EngineError;
use crate::established::is_not_witnessed;
use crate::mls::Mls;
use crate::store::{Rows, file};
use crate::transport::{Connection, field};

/// Where an enrolment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolmentState {
    /// Two persons have not approved it yet.
    Pending,
    /// The device is live.
    Active,
}

impl Engine {
    /// The code that the owner reads out to both signers.
    ///
    /// # Errors
    /// Trouble with the store.
    pub fn verification_code(&self) -> Result<String, EngineError> {
        let fact = self.enrolment()?;
        let pinned = &self.pinned;
        Ok(verification_code(
            &pinned.origin,
            &pinned.genesis,
            &pinned.code,
            &fact,
        ))
    }

    fn enrolment(&self) -> Result<DeviceEnrol, EngineError> {
        let name = Rows(self.store.connection())
            .meta(META_NAME)?
            .unwrap_or_default();
        Ok(DeviceEnrol {
            device: self.keys.device,
            official: self.pinned.official.clone(),
            seat: None,
            signing: self.keys.signing_public(),
            mls: self.keys.mls_public(),
            sealing: self.keys.sealing_public()?.into(),
            name: String::from_utf8_lossy(&name).into_owned(),
            ticket: self.pinned.ticket,
        })
    }

    /// Writes the request to a file of the home, for root key holders who work without a network; gives its path.
    ///
    /// # Errors
    /// [`EngineError::File`].
    pub fn write_enrolment_request(&self) -> Result<PathBuf, EngineError> {
        let request = sign_enrolment(&self.enrolment()?, &self.keys.signing_key());
        let pending = PendingEnrolment {
            code: self.pinned.code.clone(),
            request: field(&request),
        };
        let path = self.home().join("enrolment.request");
        std::fs::write(&path, cbor::to_vec(&pending)).map_err(|source| file(&path, source))?;
        Ok(path)
    }

    /// Sends the request (again) and gives its state. `root`: a root statement that enrols this device.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with the ticket's fault, or [`EngineError::Unreachable`].
    pub async fn enrol(
        &mut self,
        root: Option<EntryWithBodies>,
    ) -> Result<EnrolmentState, EngineError> {
        let mut connection = Connection::open(&self.server()).await?;
        self.ask(&mut connection, root).await
    }

    async fn ask(
        &self,
        connection: &mut Connection,
        root: Option<EntryWithBodies>,
    ) -> Result<EnrolmentState, EngineError> {
        let request = sign_enrolment(&self.enrolment()?, &self.keys.signing_key());
        let enrol = Enrol {
            code: self.pinned.code.clone(),
            request: field(&request),
            root,
        };
        let state = connection.enrol(enrol).await?;
        Ok(if state == ENROLMENT_ACTIVE {
            EnrolmentState::Active
        } else {
            EnrolmentState::Pending
        })
    }

    /// Waits until two persons have approved the device.
    ///
    /// # Errors
    /// As [`Engine::enrol`].
    pub async fn wait_for_approval(&mut self) -> Result<(), EngineError> {
        let mut connection = Connection::open(&self.server()).await?;
        while self.ask(&mut connection, None).await? != EnrolmentState::Active {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    /// First synchronisation of a live device: reads the log, checks that it was enrolled with its own keys, leaves key packages,
    /// and waits some time until the witnesses confirm it; gives whether they have.
    ///
    /// # Errors
    /// [`EngineError::Finding`] where the directory holds other keys for this device.
    pub async fn complete_enrolment(&mut self) -> Result<bool, EngineError> {
        self.sync().await?;
        let expected = self.enrolment()?;
        if self.device() != Some(&expected) {
            return Err(EngineError::Finding {
                what: "the directory holds other keys for this device".into(),
            });
        }
        match self.await_device(&expected.device).await {
            Err(error) if is_not_witnessed(&error) => Ok(false),
            other => other.map(|()| true),
        }
    }

    /// Leaves key packages with the server, so that others can add this device while it is away: again when few are left,
    /// and before they expire.
    pub(crate) async fn renew_key_packages(&mut self) -> Result<(), EngineError> {
        let until = Rows(self.store.connection()).meta(META_KEY_PACKAGES_UNTIL)?;
        let until = until
            .and_then(|bytes| bytes.try_into().ok())
            .map_or(0, u64::from_be_bytes);
        let lasts = until > self.now().saturating_add(KEY_PACKAGE_LIFETIME_MS / 2);
        let unused = self.put_key_packages(vec![]).await?;
        if lasts && unused >= KEY_PACKAGES / 2 {
            return Ok(());
        }
        let expires = self.now().saturating_add(KEY_PACKAGE_LIFETIME_MS);
        let step = self.store.begin()?;
        let mls = Mls::new(&self.crypto, &step, &self.keys);
        let mut uploads = Vec::new();
        for n in unused..=KEY_PACKAGES.max(unused) {
            let last_resort = n >= KEY_PACKAGES;
            let key_package = field(&mls.key_package(Suite::XWing, last_resort)?);
            uploads.push(KeyPackageUpload {
                key_package,
                expires,
                last_resort,
            });
        }
        Rows(&step).set_meta(META_KEY_PACKAGES_UNTIL, &expires.to_be_bytes())?;
        step.commit()?;
        match self.put_key_packages(uploads).await {
            // This device's clock is far ahead: it reads on, and leaves key packages when the clock is right.
            Err(EngineError::Refused {
                code: ErrorCode::MadeTime,
                ..
            }) => Rows(self.store.connection()).remove_meta(META_KEY_PACKAGES_UNTIL),
            other => other.map(|_| ()),
        }
    }

    /// Uploads key packages; gives how many one-time ones the server holds then.
    async fn put_key_packages(
        &mut self,
        uploads: Vec<KeyPackageUpload>,
    ) -> Result<u64, EngineError> {
        let (unused,): (u64,) = self
            .online()?
            .request(Body::PutKeyPackages(uploads))
            .await?;
        Ok(unused)
    }
}

const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// One-time key packages to be left; one of last resort beside them.
const KEY_PACKAGES: u64 = 10;
/// 30 days, judged in log time.
const KEY_PACKAGE_LIFETIME_MS: u64 = 30 * 24 * 3600 * 1000;
