//! `deep_await`: a recursion through async functions, which Rust wants boxed.

use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use tokio::task::yield_now;

use crate::output::{ns_per_op, Measured, Outcome};
use crate::params::Params;

fn descend(depth: u64, suspend: bool) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        if depth <= 1 {
            if suspend {
                yield_now().await;
            }
            return 1;
        }
        descend(depth - 1, suspend).await + 1
    })
}

pub async fn run(params: Params) -> Outcome {
    let (depth, repeats) = (params.get("depth"), params.get("repeats"));
    let suspend = params.get("suspend") != 0;
    let mut sum = 0;
    let start = Instant::now();
    for _ in 0..repeats {
        sum += descend(depth, suspend).await;
    }
    let elapsed = start.elapsed();
    let ops = depth * repeats;
    Ok(Measured {
        metrics: vec![ns_per_op(elapsed, ops)],
        checksum: sum,
        expected: ops,
        ops,
    })
}
