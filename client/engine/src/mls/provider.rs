//! OpenMLS on our crypto, randomness and the open transaction of the store.

use openmls_libcrux_crypto::CryptoProvider;
use openmls_sqlite_storage::{Codec, SqliteStorageProvider};
use openmls_traits::OpenMlsProvider;
use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::MlsError;

/// CBOR rows: 0.57 of the bytes of JSON.
#[derive(Default)]
pub(crate) struct CborCodec;

impl Codec for CborCodec {
    type Error = CodecError;

    fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).map_err(|e| CodecError(e.to_string()))?;
        Ok(bytes)
    }

    fn from_slice<T: DeserializeOwned>(slice: &[u8]) -> Result<T, CodecError> {
        ciborium::from_reader(slice).map_err(|e| CodecError(e.to_string()))
    }
}

/// A row of the MLS store that is not the expected value.
#[derive(Debug, thiserror::Error)]
#[error("MLS row: {0}")]
pub(crate) struct CodecError(String);

/// Crypto, randomness and storage for one transaction: what rolls back with it never happened.
pub(crate) struct Provider<'c> {
    crypto: &'c CryptoProvider,
    storage: SqliteStorageProvider<CborCodec, &'c Connection>,
}

impl<'c> Provider<'c> {
    pub(crate) fn new(crypto: &'c CryptoProvider, transaction: &'c Connection) -> Self {
        Self {
            crypto,
            storage: SqliteStorageProvider::new(transaction),
        }
    }
}

impl<'c> OpenMlsProvider for Provider<'c> {
    type CryptoProvider = CryptoProvider;
    type RandProvider = CryptoProvider;
    type StorageProvider = SqliteStorageProvider<CborCodec, &'c Connection>;

    fn storage(&self) -> &Self::StorageProvider {
        &self.storage
    }

    fn crypto(&self) -> &Self::CryptoProvider {
        self.crypto
    }

    fn rand(&self) -> &Self::RandProvider {
        self.crypto
    }
}

/// Creates the tables of the MLS store.
pub(crate) fn create_tables(connection: &mut Connection) -> Result<(), MlsError> {
    SqliteStorageProvider::<CborCodec, &mut Connection>::new(connection)
        .run_migrations()
        .map_err(|error| MlsError::library("migration", &error))
}
