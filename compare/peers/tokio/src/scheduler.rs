//! `spawn_many`, `yield_many`, `oneshot_ping_pong`, `chained_spawn`: Tokio's own benchmarks of its
//! scheduler (benches/rt_multi_threaded.rs).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc::{channel, Sender};
use tokio::sync::oneshot;
use tokio::task::yield_now;

use crate::output::{ns_per_op, Measured, Outcome};
use crate::params::Params;

fn measured(start: Instant, done: u64, ops: u64) -> Outcome {
    Ok(Measured {
        metrics: vec![ns_per_op(start.elapsed(), ops)],
        checksum: done,
        expected: ops,
        ops,
    })
}

pub async fn run_spawn_many(params: Params) -> Outcome {
    let (tasks, rounds) = (params.get("tasks"), params.get("rounds"));
    let (tell, mut told) = channel(1);
    let left = Arc::new(AtomicU64::new(0));
    let mut done = 0;
    let start = Instant::now();
    for _ in 0..rounds {
        left.store(tasks, Ordering::Relaxed);
        for _ in 0..tasks {
            let tell = tell.clone();
            let left = left.clone();
            tokio::spawn(async move {
                if left.fetch_sub(1, Ordering::Relaxed) == 1 {
                    tell.send(()).await.expect("the spawner waits");
                }
            });
        }
        told.recv().await.ok_or("nobody told")?;
        done += tasks - left.load(Ordering::Relaxed);
    }
    measured(start, done, tasks * rounds)
}

pub async fn run_yield_many(params: Params) -> Outcome {
    let (tasks, yields) = (params.get("tasks"), params.get("yields"));
    let (tell, mut told) = channel(tasks as usize);
    let mut done = 0;
    let start = Instant::now();
    for _ in 0..tasks {
        let tell = tell.clone();
        tokio::spawn(async move {
            let mut came_back = 0;
            while came_back < yields {
                yield_now().await;
                came_back += 1;
            }
            tell.send(came_back).await.expect("the spawner waits");
        });
    }
    for _ in 0..tasks {
        done += told.recv().await.ok_or("nobody told")?;
    }
    measured(start, done, tasks * yields)
}

struct Pings {
    left: AtomicU64,
    answered: AtomicU64,
}

async fn ping_once(pings: Arc<Pings>, tell: Sender<()>) {
    let (ping, pinged) = oneshot::channel::<u64>();
    let (pong, ponged) = oneshot::channel::<u64>();
    tokio::spawn(async move {
        let value = pinged.await.expect("the pinger sends");
        pong.send(value).expect("the pinger waits");
    });
    ping.send(1).expect("the partner waits");
    let value = ponged.await.expect("the partner sends");
    pings.answered.fetch_add(value, Ordering::Relaxed);
    if pings.left.fetch_sub(1, Ordering::AcqRel) == 1 {
        tell.send(()).await.expect("the spawner waits");
    }
}

pub async fn run_oneshot_ping_pong(params: Params) -> Outcome {
    let (count, rounds) = (params.get("pings"), params.get("rounds"));
    let (tell, mut told) = channel(1);
    let pings = Arc::new(Pings {
        left: AtomicU64::new(0),
        answered: AtomicU64::new(0),
    });
    let start = Instant::now();
    for _ in 0..rounds {
        pings.left.store(count, Ordering::Relaxed);
        let (all, tell) = (pings.clone(), tell.clone());
        tokio::spawn(async move {
            for _ in 0..count {
                tokio::spawn(ping_once(all.clone(), tell.clone()));
            }
        });
        told.recv().await.ok_or("nobody told")?;
    }
    measured(start, pings.answered.load(Ordering::Relaxed), count * rounds)
}

// Not an async fn: one that spawns itself would have to name its own type.
fn spawn_next(left: u64, ran: u64, tell: Sender<u64>) {
    tokio::spawn(async move {
        if left == 1 {
            tell.send(ran + 1).await.expect("the spawner waits");
        } else {
            spawn_next(left - 1, ran + 1, tell);
        }
    });
}

pub async fn run_chained_spawn(params: Params) -> Outcome {
    let (tasks, rounds) = (params.get("tasks"), params.get("rounds"));
    let (tell, mut told) = channel(1);
    let mut done = 0;
    let start = Instant::now();
    for _ in 0..rounds {
        spawn_next(tasks, 0, tell.clone());
        done += told.recv().await.ok_or("nobody told")?;
    }
    measured(start, done, tasks * rounds)
}
