//! One program for all targets, which are chosen by `FUZZ_TARGET`: building it takes minutes, one per target hours.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static HOLDS: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names what is fuzzed");
    gatewright_fuzz::target(&name).expect("FUZZ_TARGET is one of gatewright_fuzz::TARGETS").holds
});

fuzz_target!(|bytes: &[u8]| HOLDS(bytes));
