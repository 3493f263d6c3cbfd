//! `yield`, `spawn_join` and `skynet`: what is made of tasks and their handles alone.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Notify;
use tokio::task::{yield_now, JoinHandle};

use crate::machine::status_bytes;
use crate::output::{ns_per_op, sum_below, Measured, Metric, Outcome};
use crate::params::Params;

#[derive(Default)]
struct Gate {
    opened: Notify,
    at_gate: AtomicU64,
}

async fn yielder(gate: Arc<Gate>, yields: u64) -> u64 {
    // Made before the task is counted, so that the notification cannot miss it.
    let opened = gate.opened.notified();
    gate.at_gate.fetch_add(1, Ordering::SeqCst);
    opened.await;
    let mut came_back = 0;
    while came_back < yields {
        yield_now().await;
        came_back += 1;
    }
    came_back
}

pub async fn run_yield(params: Params) -> Outcome {
    let (tasks, yields) = (params.get("tasks"), params.get("yields"));
    let gate = Arc::new(Gate::default());
    let handles: Vec<_> = (0..tasks)
        .map(|_| tokio::spawn(yielder(gate.clone(), yields)))
        .collect();
    while gate.at_gate.load(Ordering::SeqCst) < tasks {
        yield_now().await;
    }

    let start = Instant::now();
    gate.opened.notify_waiters();
    let mut total = 0;
    for handle in handles {
        total += handle.await?;
    }
    let elapsed = start.elapsed();
    let ops = tasks * yields;
    Ok(Measured {
        metrics: vec![ns_per_op(elapsed, ops)],
        checksum: total,
        expected: ops,
        ops,
    })
}

pub async fn run_spawn_join(params: Params) -> Outcome {
    let (batch, rounds) = (params.get("batch"), params.get("rounds"));
    let mut handles = Vec::with_capacity(batch as usize);
    // A round that does not count: it is mostly page faults.
    handles.extend((0..batch).map(|index| tokio::spawn(async move { index })));
    for handle in handles.drain(..) {
        handle.await?;
    }

    let mut sum = 0;
    let start = Instant::now();
    for round in 0..rounds {
        let first = round * batch;
        handles.extend((first..first + batch).map(|index| tokio::spawn(async move { index })));
        for handle in handles.drain(..) {
            sum += handle.await?;
        }
    }
    let elapsed = start.elapsed();
    let ops = batch * rounds;
    Ok(Measured {
        metrics: vec![ns_per_op(elapsed, ops)],
        checksum: sum,
        expected: sum_below(ops),
        ops,
    })
}

const FAN_OUT: u64 = 10;

/// The sum of the `size` leaves from `first` on. A function that spawns, rather than an async one:
/// a handle's type does not contain itself, so nothing needs to be boxed for the recursion.
fn skynet(first: u64, size: u64) -> JoinHandle<u64> {
    tokio::spawn(async move {
        if size == 1 {
            return first;
        }
        let part = size / FAN_OUT;
        let children: Vec<_> = (0..FAN_OUT)
            .map(|i| skynet(first + i * part, part))
            .collect();
        let mut sum = 0;
        for child in children {
            sum += child.await.expect("a leaf does not panic");
        }
        sum
    })
}

pub async fn run_skynet(params: Params) -> Outcome {
    let leaves = FAN_OUT.pow(params.get("depth") as u32);
    let start = Instant::now();
    let sum = skynet(0, leaves).await?;
    let elapsed = start.elapsed();
    let peak = status_bytes(&["VmHWM"])?;
    Ok(Measured {
        metrics: vec![
            ns_per_op(elapsed, leaves),
            Metric {
                name: "rss_bytes",
                unit: "B",
                value: peak as f64,
            },
        ],
        checksum: sum,
        expected: sum_below(leaves),
        ops: leaves,
    })
}
