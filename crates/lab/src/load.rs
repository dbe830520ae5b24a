//! A closed loop: every worker begins its next step when the last one is done.
//!
//! 1. Workers are spread over as many threads as there are cores, each with a runtime of its own, so the
//!    generator is never held to one core while what it measures has two.
//! 2. After a warm-up that is thrown away, steps are counted until the time is over or the supply is.
//! 3. Every latency is kept, so the percentiles are exact.
//! 4. What each process spent of the processors' time in the measured span is taken from the kernel.

use std::sync::{Barrier, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::task::LocalSet;

use crate::Outcome;
use crate::process::{Spent, Watched};

/// One participant.
pub trait Worker: 'static {
    /// Does one thing.
    async fn step(&mut self) -> Outcome<Step>;
}

/// What a step was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It counts.
    Done,
    /// Nothing is left to do.
    Exhausted,
}

/// How much load, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Workers.
    pub clients: usize,
    /// Thrown away.
    pub warm: Duration,
    /// Counted.
    pub measured: Duration,
}

/// What a run gave.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// Steps per second.
    pub rate: f64,
    /// Half of the steps took at most this long.
    pub p50: Duration,
    /// 99 of 100 steps took at most this long.
    pub p99: Duration,
    /// Processor time per step.
    pub spent: Spent,
}

/// What the threads of one run share.
struct Run {
    plan: Plan,
    threads: usize,
    begun: Mutex<Option<Instant>>,
    /// Passed together four times: workers are ready, the clock is set, steps are over, time was taken.
    gate: Barrier,
}

/// Runs `plan` with workers made by `make`, which is told how many workers to make and the number of the
/// first one.
pub fn run<W, M>(plan: Plan, watched: Watched, make: M) -> Outcome<Measured>
where
    W: Worker,
    M: AsyncFn(usize, usize) -> Outcome<Vec<W>> + Sync,
{
    let threads = cores().min(plan.clients).max(1);
    let run = Run { plan, threads, begun: Mutex::new(None), gate: Barrier::new(threads + 1) };
    let runtime = |_| tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtimes: Vec<Runtime> = (0..threads).map(runtime).collect::<Result<_, _>>()?;
    let (found, spent) = std::thread::scope(|scope| {
        let handles: Vec<_> = runtimes
            .into_iter()
            .enumerate()
            .map(|(thread, runtime)| {
                let (run, make) = (&run, &make);
                scope.spawn(move || on_thread(run, (thread, &runtime), make))
            })
            .collect();
        run.gate.wait();
        run.set_clock();
        run.gate.wait();
        std::thread::sleep(plan.warm);
        let before = watched.read();
        run.gate.wait();
        // Before workers and their connections go: a process that has ended spent nothing.
        let spent = watched.read().since(&before);
        run.gate.wait();
        let found: Vec<Outcome<Found>> = handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or_else(|_| Err("a load thread panicked".into())))
            .collect();
        (found, spent)
    });
    summarise(&run, found, spent)
}

/// Processors of this machine.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

impl Run {
    fn set_clock(&self) {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// When counting begins.
    fn counting(&self) -> Outcome<Instant> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(begun.ok_or("the clock was not set")? + self.plan.warm)
    }

    /// The number of workers of a thread, and of its first one.
    fn share(&self, thread: usize) -> (usize, usize) {
        let (each, rest) = (self.plan.clients / self.threads, self.plan.clients % self.threads);
        (each + usize::from(thread < rest), each * thread + thread.min(rest))
    }
}

#[derive(Default)]
struct Found {
    nanos: Vec<u32>,
    last: Option<Instant>,
}

impl Found {
    fn add(&mut self, other: Found) {
        self.nanos.extend(other.nanos);
        self.last = self.last.max(other.last);
    }
}

fn on_thread<W, M>(run: &Run, (thread, runtime): (usize, &Runtime), make: &M) -> Outcome<Found>
where
    W: Worker,
    M: AsyncFn(usize, usize) -> Outcome<Vec<W>>,
{
    let (count, first) = run.share(thread);
    let workers = runtime.block_on(make(count, first));
    // Whatever happens, the others wait at the gate.
    run.gate.wait();
    run.gate.wait();
    let done = runtime.block_on(async { drive_all(run, workers?).await });
    run.gate.wait();
    run.gate.wait();
    done.map(|(found, _workers)| found)
}

async fn drive_all<W: Worker>(run: &Run, workers: Vec<W>) -> Outcome<(Found, Vec<W>)> {
    let counting = run.counting()?;
    let end = counting + run.plan.measured;
    LocalSet::new()
        .run_until(async {
            let drive = |worker| tokio::task::spawn_local(drive(worker, counting, end));
            let tasks: Vec<_> = workers.into_iter().map(drive).collect();
            let (mut all, mut workers) = (Found::default(), Vec::new());
            for task in tasks {
                let (found, worker) = task.await??;
                all.add(found);
                workers.push(worker);
            }
            Ok((all, workers))
        })
        .await
}

async fn drive<W: Worker>(mut worker: W, counting: Instant, end: Instant) -> Outcome<(Found, W)> {
    let mut found = Found { nanos: Vec::with_capacity(1 << 16), last: None };
    let mut begun = Instant::now();
    while begun < end && worker.step().await? == Step::Done {
        let done = Instant::now();
        if begun >= counting {
            found.nanos.push(u32::try_from((done - begun).as_nanos()).unwrap_or(u32::MAX));
            found.last = Some(done);
        }
        begun = done;
    }
    Ok((found, worker))
}

fn summarise(run: &Run, found: Vec<Outcome<Found>>, spent: Spent) -> Outcome<Measured> {
    let mut all = Found::default();
    for found in found {
        all.add(found?);
    }
    let Some(last) = all.last else {
        return Err("nothing was measured: the supply ended during the warm-up".into());
    };
    let seconds = (last - run.counting()?).as_secs_f64();
    let count = all.nanos.len();
    let mut percentile = |share: usize| {
        let index = (count * share / 100).min(count - 1);
        Duration::from_nanos((*all.nanos.select_nth_unstable(index).1).into())
    };
    let (p50, p99) = (percentile(50), percentile(99));
    Ok(Measured { rate: real(count) / seconds, p50, p99, spent: spent.per(real(count)) })
}

/// A count as a number to divide with.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
pub fn real(count: usize) -> f64 {
    count as f64
}
