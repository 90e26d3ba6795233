//! Text between the marks of a bracketed paste.

use zeroize::Zeroizing;

/// Bytes of a paste that are kept; the rest is read and forgotten. No field takes more.
pub const MAX_BYTES: usize = 4096;

/// The sequence before a paste.
pub(super) const BEGIN: &[u8] = b"\x1b[200~";

/// The sequence after it. Its ESC stands nowhere else in it, which is what makes a mismatch simple.
const END: &[u8] = b"\x1b[201~";

/// A paste that is still arriving.
pub(super) struct Paste {
    /// People paste passwords. Allocated once, so that growing leaves no copies behind.
    bytes: Zeroizing<Vec<u8>>,
    /// How many bytes of [`END`] were just seen.
    matched: usize,
}

impl Paste {
    pub(super) fn new() -> Self {
        Self { bytes: Zeroizing::new(Vec::with_capacity(MAX_BYTES)), matched: 0 }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Takes the next byte; true once the end mark is complete.
    pub(super) fn push(&mut self, byte: u8) -> bool {
        if END.get(self.matched) == Some(&byte) {
            self.matched += 1;
            return self.matched == END.len();
        }
        let mismatched = END.iter().take(self.matched);
        let again = END.first() == Some(&byte);
        self.matched = usize::from(again);
        let kept = mismatched.chain((!again).then_some(&byte));
        let room = MAX_BYTES - self.bytes.len();
        self.bytes.extend(kept.take(room));
        false
    }

    /// The text as one line, or `None` if nothing is left of it: blanks and breaks that are not
    /// spaces become one space where text follows, control characters and invalid UTF-8 vanish.
    pub(super) fn into_text(self) -> Option<String> {
        let mut text = String::with_capacity(self.bytes.len());
        let mut is_gap = false;
        for character in self.bytes.utf8_chunks().flat_map(|chunk| chunk.valid().chars()) {
            match character {
                '\n' | '\r' | '\t' => is_gap = !text.is_empty(),
                _ if character.is_control() => {}
                _ => {
                    if is_gap {
                        text.push(' ');
                        is_gap = false;
                    }
                    text.push(character);
                }
            }
        }
        (!text.is_empty()).then_some(text)
    }
}
