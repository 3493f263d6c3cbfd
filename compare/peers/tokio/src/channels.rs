//! `ping_pong` and `ring`: tasks that talk over channels of capacity 1.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc::{channel, Receiver, Sender};
use tokio::task::yield_now;

use crate::output::{ns_per_op, sum_below, Measured, Outcome};
use crate::params::Params;

async fn pong(mut requests: Receiver<u64>, replies: Sender<u64>) {
    while let Some(value) = requests.recv().await {
        if replies.send(value + 1).await.is_err() {
            return;
        }
    }
}

pub async fn run_ping_pong(params: Params) -> Outcome {
    let round_trips = params.get("round_trips");
    let (requests, requests_end) = channel(1);
    let (replies_end, mut replies) = channel(1);
    let start = Instant::now();
    let peer = tokio::spawn(pong(requests_end, replies_end));
    let mut sum = 0;
    for i in 0..round_trips {
        requests.send(i).await?;
        sum += replies.recv().await.ok_or("the peer ended too early")?;
    }
    drop(requests);
    peer.await?;
    let elapsed = start.elapsed();
    Ok(Measured {
        metrics: vec![ns_per_op(elapsed, round_trips)],
        checksum: sum,
        expected: sum_below(round_trips + 1),
        ops: round_trips,
    })
}

/// What the tasks of a ring share.
struct Ring {
    hops: u64,
    started: AtomicU64,
    last: Sender<u64>,
}

/// Hands the token round until the last hop, whose token goes to `last`; then the ring ends, each
/// task when the one before it has.
async fn pass_on(mut input: Receiver<u64>, output: Sender<u64>, ring: Arc<Ring>) {
    ring.started.fetch_add(1, Ordering::SeqCst);
    while let Some(token) = input.recv().await {
        let token = token + 1;
        if token == ring.hops {
            return ring.last.send(token).await.expect("the ring's owner waits");
        }
        if output.send(token).await.is_err() {
            return;
        }
    }
}

pub async fn run_ring(params: Params) -> Outcome {
    let (tasks, hops) = (params.get("tasks"), params.get("hops"));
    let (last, mut last_end) = channel(1);
    let ring = Arc::new(Ring {
        hops,
        started: AtomicU64::new(0),
        last,
    });
    let (first, mut input) = channel(1);
    let mut handles = Vec::with_capacity(tasks as usize);
    for _ in 1..tasks {
        let (output, next_input) = channel(1);
        handles.push(tokio::spawn(pass_on(input, output, ring.clone())));
        input = next_input;
    }
    handles.push(tokio::spawn(pass_on(input, first.clone(), ring.clone())));
    while ring.started.load(Ordering::SeqCst) < tasks {
        yield_now().await;
    }

    let start = Instant::now();
    first.send(0).await?;
    let token = last_end.recv().await.ok_or("the ring broke")?;
    let elapsed = start.elapsed();
    drop(first);
    for handle in handles {
        handle.await?;
    }
    Ok(Measured {
        metrics: vec![ns_per_op(elapsed, hops)],
        checksum: token,
        expected: hops,
        ops: hops,
    })
}
