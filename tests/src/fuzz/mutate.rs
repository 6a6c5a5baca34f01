//! Deterministic mutations: truncations, bit flips, insertions, removals, splices.

/// `SplitMix64`: small, and the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is at least 1.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.number() % end).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.number().to_be_bytes()[0]
    }
}

/// One to four changes of `seed`; `others` lend bytes.
#[must_use]
pub fn mutate(random: &mut Random, seed: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let mut data = seed.to_vec();
    for _ in 0..=random.below(4) {
        change(random, &mut data, others);
    }
    data
}

fn change(random: &mut Random, data: &mut Vec<u8>, others: &[Vec<u8>]) {
    let at = random.below(data.len());
    match random.below(8) {
        0 => data.truncate(at),
        1 | 2 => {
            let bit = random.below(8);
            data.iter_mut()
                .skip(at)
                .take(1)
                .for_each(|byte| *byte ^= 1 << bit);
        }
        3 => {
            let value = random.byte();
            data.iter_mut()
                .skip(at)
                .take(1)
                .for_each(|byte| *byte = value);
        }
        4 => data.insert(at, random.byte()),
        5 => {
            let interesting = [0x00, 0x18, 0x5f, 0x7f, 0x9f, 0xbf, 0xf6, 0xf7, 0xff];
            data.insert(at, interesting[random.below(interesting.len())]);
        }
        6 => {
            let end = (at + 1 + random.below(8)).min(data.len());
            data.drain(at.min(end)..end);
        }
        _ => splice(random, data, others, at),
    }
}

fn splice(random: &mut Random, data: &mut Vec<u8>, others: &[Vec<u8>], at: usize) {
    let Some(other) = others.get(random.below(others.len())) else {
        return;
    };
    let from = random.below(other.len());
    let len = random.below(32);
    let part: Vec<u8> = other.iter().skip(from).take(len).copied().collect();
    let end = (at + part.len()).min(data.len());
    data.splice(at..end, part);
}
