//! How long each takes: `cargo bench -p gatewright-measures -- token`.

use criterion::{Criterion, criterion_group, criterion_main};

fn all(criterion: &mut Criterion) {
    for measure in gatewright_measures::measures() {
        let mut work = measure.prepare().unwrap_or_else(|error| panic!("{}: {error}", measure.name));
        criterion.bench_function(&measure.name, |bencher| bencher.iter(&mut work));
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
