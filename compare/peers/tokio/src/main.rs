//! The Tokio peer: the comparison's workloads on Tokio's tasks, written as its users would.
//!
//! Obeys docs/design/measurement-protocol.md. This file holds the command line; `output` the lines
//! that are printed, `machine` what is read from the kernel, the other modules the workloads.

mod channels;
mod deep_await;
mod machine;
mod output;
mod params;
mod scheduler;
mod servers;
mod sleepers;
mod tasks;

use std::future::Future;

use tokio::runtime::{Builder, Runtime};

use output::{fail_usage, finish, Outcome};
use params::{Options, Params};

/// Polling a chain of futures nests as deep as the chain is long: `deep_await` at 100,000 frames
/// does not fit a thread's usual stack. Only what is touched takes memory.
const STACK_BYTES: usize = 1 << 30;

fn runtime(workers: usize) -> std::io::Result<Runtime> {
    match workers {
        1 => Builder::new_current_thread().enable_all().build(),
        _ => Builder::new_multi_thread()
            .worker_threads(workers)
            .thread_stack_size(STACK_BYTES)
            .enable_all()
            .build(),
    }
}

/// Runs a workload as a task: outside of the workers, as `block_on` has its future, each wake
/// would cross threads.
fn run_as_task<F>(workers: usize, workload: F) -> Outcome
where
    F: Future<Output = Outcome> + Send + 'static,
{
    runtime(workers)?.block_on(async { tokio::spawn(workload).await? })
}

fn run(workload: &str, params: Params, workers: usize) -> Outcome {
    match workload {
        "yield" => run_as_task(workers, tasks::run_yield(params)),
        "spawn_join" => run_as_task(workers, tasks::run_spawn_join(params)),
        "ping_pong" => run_as_task(workers, channels::run_ping_pong(params)),
        "ring" => run_as_task(workers, channels::run_ring(params)),
        "skynet" => run_as_task(workers, tasks::run_skynet(params)),
        "deep_await" => run_as_task(workers, deep_await::run(params)),
        "sleepers" => run_as_task(workers, sleepers::run(params)),
        "echo" => run_as_task(workers, servers::run_echo(params)),
        "read_to_end" => run_as_task(workers, servers::run_read_to_end(params)),
        "http_plaintext" => run_as_task(workers, servers::run_http_plaintext(params)),
        "open_loop_latency" => run_as_task(workers, servers::run_echo(params)),
        "idle_connections" => run_as_task(workers, servers::run_idle_connections(params)),
        "spawn_many" => run_as_task(workers, scheduler::run_spawn_many(params)),
        "yield_many" => run_as_task(workers, scheduler::run_yield_many(params)),
        "oneshot_ping_pong" => run_as_task(workers, scheduler::run_oneshot_ping_pong(params)),
        "chained_spawn" => run_as_task(workers, scheduler::run_chained_spawn(params)),
        _ => Err(format!("'{workload}' is in the catalogue, but not in this program").into()),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["list"] => println!("{}", params::catalogue()),
        ["run", workload, options @ ..] => {
            let Options { params, workers } =
                params::parse(workload, options).unwrap_or_else(|reason| fail_usage(&reason));
            let workload = workload.to_string();
            let thread = std::thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn(move || finish(run(&workload, params, workers)));
            thread
                .expect("starting a thread with a stack of 1 GiB")
                .join()
                .expect("running it");
        }
        _ => fail_usage("expected 'list' or 'run WORKLOAD'"),
    }
}
