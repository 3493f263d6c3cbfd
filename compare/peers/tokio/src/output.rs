//! What the program prints: a JSON object a line, the check line last, and the exit status.

use std::error::Error;
use std::io::Write;
use std::process::exit;
use std::time::Duration;

use serde_json::{json, Value};

const EXIT_USAGE: i32 = 2;
const EXIT_FAILED: i32 = 3;

pub struct Metric {
    pub name: &'static str,
    pub unit: &'static str,
    pub value: f64,
}

/// What a workload measured and computed. Only a checked answer gets its figures printed.
pub struct Measured {
    pub metrics: Vec<Metric>,
    pub checksum: u64,
    pub expected: u64,
    pub ops: u64,
}

pub type Outcome = Result<Measured, Box<dyn Error + Send + Sync>>;

pub fn ns_per_op(elapsed: Duration, ops: u64) -> Metric {
    Metric {
        name: "ns_per_op",
        unit: "ns",
        value: elapsed.as_nanos() as f64 / ops as f64,
    }
}

/// 0 + 1 + ... + (n - 1): what workloads expect that sum up indexes.
pub fn sum_below(n: u64) -> u64 {
    n * n.saturating_sub(1) / 2
}

pub fn print_line(object: &Value) {
    let mut stdout = std::io::stdout().lock();
    // Whoever does not read the output does not want the program to go on.
    if writeln!(stdout, "{object}")
        .and_then(|()| stdout.flush())
        .is_err()
    {
        exit(EXIT_FAILED);
    }
}

fn fail(detail: &str) -> ! {
    print_line(&json!({"check": "failed", "detail": detail}));
    exit(EXIT_FAILED)
}

pub fn fail_usage(reason: &str) -> ! {
    let program = std::env::args().next().unwrap_or_default();
    eprintln!(
        "{program}: {reason}\nusage: {program} list\n       \
         {program} run WORKLOAD [--param KEY=VALUE]... [--workers N] [--seed S]"
    );
    exit(EXIT_USAGE)
}

pub fn finish(outcome: Outcome) {
    let measured = outcome.unwrap_or_else(|error| fail(&error.to_string()));
    let Measured {
        metrics,
        checksum,
        expected,
        ops,
    } = measured;
    if checksum != expected {
        fail(&format!("the checksum is {checksum}, expected {expected}"));
    }
    for Metric { name, unit, value } in metrics {
        print_line(&json!({"metric": name, "unit": unit, "value": value}));
    }
    print_line(&json!({"check": "ok", "checksum": format!("{checksum:016x}"), "ops": ops}));
}
