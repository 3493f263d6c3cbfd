//! What the kernel says of this process: memory, CPU time, the limit on descriptors.

use std::time::Duration;

/// The sum of some fields of /proc/self/status, which are given there in kB.
pub fn status_bytes(fields: &[&str]) -> std::io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kibibytes = status.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let number = value.split_whitespace().next()?.parse::<u64>();
        fields.contains(&name).then(|| number.ok())?
    });
    Ok(kibibytes.sum::<u64>() * 1024)
}

/// What the process keeps from others: resident pages and page tables.
pub fn memory_now() -> std::io::Result<u64> {
    status_bytes(&["VmRSS", "VmPTE"])
}

pub fn process_cpu() -> Duration {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `now` outlives the call, which writes nothing else.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Lets a server have as many connections as the machine allows. Where this fails, accepting the
/// connection beyond the limit says so.
pub fn raise_descriptor_limit() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` outlives both calls.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
        }
    }
}
