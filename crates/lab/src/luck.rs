//! Chance that repeats itself: everything random in the lab comes from a seed that is printed.

use uuid::Uuid;

/// `SplitMix64` (Steele, Lea, Flood 2014): not for secrets that matter.
#[derive(Debug, Clone)]
pub struct Luck(u64);

impl Luck {
    /// With a seed.
    pub fn new(seed: u64) -> Luck {
        Luck(seed)
    }

    /// Luck of its own for one of many, which does not depend on what the others do.
    pub fn of(&self, one: u64) -> Luck {
        let mut luck = Luck(self.0 ^ one.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        luck.next();
        luck
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// A number below `bound`; 0 when there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        let number = if bound == 0 { 0 } else { self.next() % bound };
        usize::try_from(number).unwrap_or_default()
    }

    /// Bytes.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for part in bytes.chunks_exact_mut(8) {
            part.copy_from_slice(&self.next().to_le_bytes());
        }
        bytes
    }

    /// Ids without order in time: what is used was made at any time.
    pub fn id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(std::array::from_fn(|_| self.next().to_le_bytes()[0])).into_uuid()
    }
}
