//! How a record becomes bytes: one format byte, then JSON.
//!
//! The format byte is there from the first record on, so that a later version can tell what it
//! reads. JSON, because fields can be added to it and an operator can read it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Entry, StoreError};

/// The format that is written. Older ones are read and rewritten, unknown ones are refused.
const FORMAT: u8 = 1;

pub fn encode<T: Serialize>(record: &T) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![FORMAT];
    serde_json::to_writer(&mut bytes, record)
        .map_err(|_| StoreError::Invalid("a record cannot be encoded"))?;
    Ok(bytes)
}

pub fn decode<T: DeserializeOwned>(entry: &Entry) -> Result<T, StoreError> {
    let corrupt = |what: String| StoreError::Corrupt { key: entry.key.clone(), what };
    match entry.value.split_first() {
        Some((&FORMAT, json)) => serde_json::from_slice(json).map_err(|error| corrupt(error.to_string())),
        Some((format, _)) => Err(corrupt(format!("format {format} is not known to this version"))),
        None => Err(corrupt("it is empty".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dal::store::Version;
    use proptest::prelude::*;

    fn entry(value: Vec<u8>) -> Entry {
        Entry { key: b"u/x".to_vec(), value, version: Version(1) }
    }

    #[test]
    fn a_record_reads_back() {
        let bytes = encode(&("alice", 7)).unwrap();
        assert_eq!(decode::<(String, u32)>(&entry(bytes)).unwrap(), ("alice".to_owned(), 7));
    }

    #[test]
    fn an_unknown_format_is_refused() {
        for bad in [vec![], vec![9], vec![2, b'1'], vec![FORMAT], b"1".to_vec()] {
            assert!(matches!(decode::<u32>(&entry(bad)), Err(StoreError::Corrupt { .. })));
        }
    }

    proptest! {
        #[test]
        fn damaged_bytes_never_panic(bytes in any::<Vec<u8>>()) {
            let _ = decode::<Vec<String>>(&entry(bytes));
        }
    }
}
