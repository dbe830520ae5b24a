//! A Merkle tree that only grows (RFC 6962 §2.1): whoever has kept its root notices when any leaf was changed, removed,
//! inserted or moved.
//!
//! 1. A leaf is `SHA-256(0x00 ‖ entry)`, a node `SHA-256(0x01 ‖ left ‖ right)`: no node passes for a leaf.
//! 2. Growing needs the roots of the complete subtrees only, one for each bit of the size: [`Tree`] is those.
//! 3. The root folds them from the smallest to the largest.

use ring::digest::{Context, SHA256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The hash of an entry.
pub fn leaf(entry: &[u8]) -> Hash {
    hash(&[&[0], entry])
}

fn node(left: &Hash, right: &Hash) -> Hash {
    hash(&[&[1], left, right])
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// A tree, as far as growing needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// Roots of complete subtrees, the largest first.
    frontier: Vec<Hash>,
}

impl Tree {
    /// A tree of so many leaves, from what [`Tree::frontier`] gave. `None` when the two do not fit.
    pub fn from_parts(size: u64, frontier: &[u8]) -> Option<Tree> {
        let (hashes, rest) = frontier.as_chunks::<32>();
        let fits = rest.is_empty() && hashes.len() == size.count_ones() as usize;
        fits.then(|| Tree { size, frontier: hashes.to_vec() })
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What to store.
    pub fn frontier(&self) -> Vec<u8> {
        self.frontier.concat()
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut root = leaf;
        // Each trailing one of the size is a complete subtree that this leaf completes to a larger one.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.frontier.pop() {
                root = node(&left, &root);
            }
        }
        self.frontier.push(root);
        self.size += 1;
    }

    /// The root; of an empty tree, the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut smaller = self.frontier.iter().rev();
        let Some(smallest) = smaller.next() else { return hash(&[]) };
        smaller.fold(*smallest, |right, left| node(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(entries: &[Vec<u8>]) -> Tree {
        let mut tree = Tree::default();
        for entry in entries {
            tree.push(leaf(entry));
        }
        tree
    }

    /// RFC 6962 §2.1, written as it is defined.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => hash(&[]),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                node(&by_definition(&many[..split]), &by_definition(&many[split..]))
            }
        }
    }

    fn bytes(text: &str) -> Vec<u8> {
        (0..text.len() / 2).map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).unwrap()).collect()
    }

    /// The reference vectors of the Certificate Transparency implementations.
    #[test]
    fn the_known_trees() {
        let entries: Vec<Vec<u8>> = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ]
        .iter()
        .map(|text| bytes(text))
        .collect();
        assert_eq!(
            of(&[]).root().to_vec(),
            bytes("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        );
        for (size, root) in [
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ] {
            assert_eq!(of(&entries[..size]).root().to_vec(), bytes(root), "{size}");
        }
    }

    proptest! {
        #[test]
        fn growing_gives_the_tree_of_the_definition(
            entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..70),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = of(&entries);
            let leaves: Vec<Hash> = entries.iter().map(|entry| leaf(entry)).collect();
            prop_assert_eq!(whole.root(), by_definition(&leaves));
            // Stored in between, read back, and grown on.
            let cut = cut.index(entries.len() + 1);
            let first = of(&entries[..cut]);
            let mut rest = Tree::from_parts(first.size(), &first.frontier()).unwrap();
            for entry in &entries[cut..] {
                rest.push(leaf(entry));
            }
            prop_assert_eq!(rest, whole);
        }

        #[test]
        fn au_02_any_change_shows(
            mut entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..4), 2..40),
            (at, other) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
            bit in 0..8_u8,
            kind in 0..4,
        ) {
            let root = of(&entries).root();
            let (at, other) = (at.index(entries.len()), other.index(entries.len()));
            let before = entries.clone();
            match kind {
                0 => entries[at][0] ^= 1 << bit,
                1 => drop(entries.remove(at)),
                2 => entries.insert(at, vec![9, 9, 9, 9]),
                _ => entries.swap(at, other),
            }
            prop_assert_eq!(of(&entries).root() == root, entries == before);
        }
    }
}
