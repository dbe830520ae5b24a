//! What hashes are made in: kept while one follows another, given back when none did for a while.
//!
//! Fresh memory costs a hash a tenth of its time, and one buffer is as large as all the rest of the server.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::Block;
use tokio::time::Instant;

/// How long a buffer is kept that no hash needs.
const KEPT: Duration = Duration::from_secs(5);
/// Address space of a buffer at least, in blocks of a KiB. What is larger than 32 MiB glibc gives back to the system as
/// soon as it is freed, and nothing else for certain. Of this only what a hash writes to takes memory.
const SPACE: usize = 33 * 1024;

/// Buffers that no hash is using.
#[derive(Default)]
pub struct Spare(Mutex<Vec<Buffer>>);

struct Buffer {
    blocks: Vec<Block>,
    since: Instant,
}

impl Spare {
    /// A buffer of so many blocks.
    pub fn take(&self, blocks: usize) -> Vec<Block> {
        let last = self.buffers().pop();
        let mut taken = last.map_or_else(|| Vec::with_capacity(blocks.max(SPACE)), |buffer| buffer.blocks);
        taken.resize(blocks, Block::default());
        taken
    }

    /// Keeps it for the next hash.
    pub fn keep(&self, blocks: Vec<Block>) {
        self.buffers().push(Buffer { blocks, since: Instant::now() });
    }

    /// Gives back what no hash needed for a while.
    pub fn give_back(&self) {
        self.buffers().retain(|buffer| buffer.since.elapsed() < KEPT);
    }

    fn buffers(&self) -> MutexGuard<'_, Vec<Buffer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn ds_04_memory_that_no_hash_needs_is_given_back() {
        let spare = Spare::default();
        spare.keep(spare.take(64));
        tokio::time::advance(KEPT / 2).await;
        spare.give_back();
        assert_eq!(spare.buffers().len(), 1, "one hash follows another");
        tokio::time::advance(KEPT).await;
        spare.give_back();
        assert_eq!(spare.buffers().len(), 0);
    }

    /// In kilobytes.
    #[cfg(target_os = "linux")]
    fn resident() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// A buffer of the usual size that was freed once used to stay in the heap, as glibc keeps what is freed below a
    /// limit that grows with it.
    #[cfg(target_os = "linux")]
    #[test]
    fn ds_04_what_is_given_back_is_given_to_the_system() {
        let blocks = 19 * 1024;
        drop(vec![Block::default(); blocks]);
        let buffers: Vec<_> = (0..20).map(|_| Spare::default().take(blocks)).collect();
        let taken = resident();
        drop(buffers);
        let left = resident();
        assert!(left + 300_000 < taken, "{left} KB of {taken} are left");
    }
}
