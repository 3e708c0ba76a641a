//! Keys: one master key outside the databases, one key per database wrapped by it, one key per person and database
//! wrapped by that. AES-256-GCM with a random nonce; what a sealed text belongs to is authenticated with it, so that
//! one cannot be moved to another place unnoticed.

use crate::{DbError, DbResult};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// A 256-bit key. It is wiped from memory when dropped, and never printed.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

impl Key {
    /// A new random key.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn random() -> DbResult<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        rand::fill(bytes.as_mut_slice()).map_err(|_| DbError::internal("no randomness"))?;
        Ok(Self(bytes))
    }

    /// Reads a key from its text: 32 bytes in hexadecimal or base64.
    ///
    /// # Errors
    /// [`DbError::Unfit`] when it is neither; the text is not repeated.
    pub fn parse(text: &str) -> DbResult<Self> {
        let text = text.trim();
        let bytes = if text.len() == 64 { from_hex(text) } else { STANDARD.decode(text).ok() };
        let bytes: Option<[u8; 32]> = bytes.and_then(|b| b.try_into().ok());
        bytes.map(|b| Self(Zeroizing::new(b))).ok_or_else(|| {
            DbError::Unfit(
                "the master key is not 32 bytes in hexadecimal (64 characters) or base64 (44)".into(),
            )
        })
    }

    /// The key as text, for the one file that holds it.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_slice()))
    }

    /// A short public name of the key: the first 8 hexadecimal digits of a hash of it.
    #[must_use]
    pub fn id(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"archipel key id");
        context.update(self.0.as_slice());
        context.finish().as_ref().iter().take(4).map(|b| format!("{b:02x}")).collect()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> DbResult<Self> {
        let bytes = bytes.try_into().map_err(|_| DbError::Unfit("a key has 32 bytes".into()))?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    fn cipher(&self) -> DbResult<LessSafeKey> {
        let key =
            UnboundKey::new(&AES_256_GCM, self.0.as_slice()).map_err(|_| DbError::internal("bad key"))?;
        Ok(LessSafeKey::new(key))
    }

    /// Seals bytes for a place: nonce, then ciphertext and tag.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn seal(&self, place: &str, plain: &[u8]) -> DbResult<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| DbError::internal("no randomness"))?;
        let mut sealed = plain.to_vec();
        self.cipher()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| DbError::internal("sealing failed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Key::seal`] made for the same place.
    ///
    /// # Errors
    /// [`DbError::Unfit`] when the key, the place or the bytes are not those.
    pub fn open(&self, place: &str, sealed: &[u8]) -> DbResult<Zeroizing<Vec<u8>>> {
        let unfit = || DbError::Unfit(format!("{place} was sealed under another key, or was altered"));
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or_else(unfit)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unfit())?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self
            .cipher()?
            .open_in_place(nonce, Aad::from(place.as_bytes()), &mut body)
            .map_err(|_| unfit())?
            .len();
        body.truncate(length);
        Ok(body)
    }

    /// Wraps another key for a place, as base64 text.
    ///
    /// # Errors
    /// As [`Key::seal`].
    pub fn wrap(&self, place: &str, key: &Self) -> DbResult<String> {
        Ok(STANDARD.encode(self.seal(place, key.0.as_slice())?))
    }

    /// Unwraps a key.
    ///
    /// # Errors
    /// As [`Key::open`].
    pub fn unwrap(&self, place: &str, wrapped: &str) -> DbResult<Self> {
        let sealed =
            STANDARD.decode(wrapped).map_err(|_| DbError::Unfit(format!("{place} is not base64")))?;
        let plain = self.open(place, &sealed)?;
        Self::from_bytes(&plain)
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_in_its_place_and_under_its_key() {
        let (key, other) = (Key::random().unwrap(), Key::random().unwrap());
        let mut sealed = key.seal("a", b"secret").unwrap();
        assert_eq!(key.open("a", &sealed).unwrap().as_slice(), b"secret");
        assert!(
            key.open("b", &sealed).is_err()
                && other.open("a", &sealed).is_err()
                && key.open("a", b"x").is_err()
        );
        sealed[15] ^= 1;
        assert!(key.open("a", &sealed).is_err());
        let wrapped = key.wrap("db", &other).unwrap();
        assert_eq!(key.unwrap("db", &wrapped).unwrap().id(), other.id());
        assert_eq!(Key::parse(&key.to_text()).unwrap().id(), key.id());
        assert!(Key::parse("short").is_err());
        assert!(!format!("{key:?}").contains(key.to_text().as_str()));
    }
}
