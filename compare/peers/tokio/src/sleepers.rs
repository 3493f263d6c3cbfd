//! `sleepers`: what a task costs that only waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{yield_now, JoinHandle};
use tokio::time::{sleep_until, Instant};

use crate::machine::{memory_now, process_cpu};
use crate::output::{ns_per_op, sum_below, Measured, Metric, Outcome};
use crate::params::Params;

/// When all wake. The starting task moves that on while it has not yet got all to sleep, so a
/// sleeper looks again when it wakes.
struct Dormitory {
    start: Instant,
    delay_ms: AtomicU64,
    asleep: AtomicU64,
}

impl Dormitory {
    fn new(delay_ms: u64) -> Self {
        let delay_ms = AtomicU64::new(delay_ms);
        Dormitory {
            start: Instant::now(),
            delay_ms,
            asleep: AtomicU64::new(0),
        }
    }

    fn instant(&self) -> Instant {
        self.start + Duration::from_millis(self.delay_ms.load(Ordering::SeqCst))
    }

    fn postpone_if_early(&self) {
        let delay_ms = self.delay_ms.load(Ordering::SeqCst);
        if self.start.elapsed() > Duration::from_millis(delay_ms / 4 * 3) {
            self.delay_ms.store(delay_ms * 2, Ordering::SeqCst);
        }
    }
}

async fn sleeper(dormitory: Arc<Dormitory>, index: u64) -> u64 {
    dormitory.asleep.fetch_add(1, Ordering::SeqCst);
    while Instant::now() < dormitory.instant() {
        sleep_until(dormitory.instant()).await;
    }
    index
}

/// Returns when all sleep. Lets them run after each batch, for they are awake until they first
/// have.
async fn put_to_sleep(dormitory: &Arc<Dormitory>, tasks: u64) -> Vec<JoinHandle<u64>> {
    const BATCH: u64 = 256;
    let mut handles = Vec::with_capacity(tasks as usize);
    for index in 0..tasks {
        handles.push(tokio::spawn(sleeper(dormitory.clone(), index)));
        if index % BATCH == 0 {
            dormitory.postpone_if_early();
            yield_now().await;
        }
    }
    while dormitory.asleep.load(Ordering::SeqCst) < tasks {
        dormitory.postpone_if_early();
        yield_now().await;
    }
    handles
}

pub async fn run(params: Params) -> Outcome {
    let tasks = params.get("tasks");
    let before = memory_now()?;
    let cpu_at_start = process_cpu();
    let dormitory = Arc::new(Dormitory::new(params.get("sleep_ms")));
    let handles = put_to_sleep(&dormitory, tasks).await;
    let grown = memory_now()?.saturating_sub(before);
    let mut sum = 0;
    for handle in handles {
        sum += handle.await?;
    }
    let cpu = process_cpu() - cpu_at_start;
    let bytes_per_task = grown as f64 / tasks as f64;
    Ok(Measured {
        metrics: vec![
            Metric {
                name: "bytes_per_task",
                unit: "B",
                value: bytes_per_task,
            },
            ns_per_op(cpu, tasks),
        ],
        checksum: sum,
        expected: sum_below(tasks),
        ops: tasks,
    })
}
