// `thread_memory`: what parked threads of the kernel with the usual 8 MiB stacks take: addresses,
// resident pages, page tables, and the kernel's own stacks.
#include <pthread.h>

#include <atomic>
#include <fstream>
#include <string>
#include <vector>

#include "machine/probes.hpp"
#include "protocol/machine.hpp"

namespace twofold::compare {
namespace {

// Bytes of a "Key:  123 kB" line of a file of /proc; 0 when it has none.
double kilobytes_line(const char* path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) {
    double value = 0;
    if (word == key && file >> value) {
      return value * 1024;
    }
  }
  return 0;
}

struct Footprint {
  double virtual_bytes = kilobytes_line("/proc/self/status", "VmSize:");
  double kernel_stack_bytes = kilobytes_line("/proc/meminfo", "KernelStack:");
  Memory memory = memory_now();
};

// Threads that wait until they are let go.
class Parked {
 public:
  explicit Parked(std::size_t threads) {
    pthread_mutex_lock(&gate_);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    constexpr std::size_t kUsualStack_bytes = std::size_t{8} << 20U;
    pthread_attr_setstacksize(&attributes, kUsualStack_bytes);
    for (std::size_t i = 0; i < threads; ++i) {
      pthread_t thread{};
      if (const int error = pthread_create(&thread, &attributes, run, this); error != 0) {
        release();
        throw Capped(errno_message("starting thread " + std::to_string(i), error));
      }
      threads_.push_back(thread);
    }
    pthread_attr_destroy(&attributes);
    while (arrived_.load() < threads) {
      sched_yield();
    }
  }
  ~Parked() { release(); }
  Parked(const Parked&) = delete;
  Parked& operator=(const Parked&) = delete;

 private:
  static void* run(void* self) {
    auto& parked = *static_cast<Parked*>(self);
    parked.arrived_.fetch_add(1);
    pthread_mutex_lock(&parked.gate_);
    pthread_mutex_unlock(&parked.gate_);
    return nullptr;
  }
  void release() {
    pthread_mutex_unlock(&gate_);
    for (const pthread_t thread : threads_) {
      pthread_join(thread, nullptr);
    }
    threads_.clear();
  }

  pthread_mutex_t gate_ = PTHREAD_MUTEX_INITIALIZER;
  std::atomic<std::size_t> arrived_ = 0;
  std::vector<pthread_t> threads_;
};

void run_thread_memory(const Params& params, Output& output) {
  const auto threads = static_cast<std::size_t>(params.get("threads"));
  const auto each = static_cast<double>(threads);
  const Footprint before;
  const Stopwatch watch;
  const Parked parked(threads);
  const double elapsed_ns = watch.elapsed_ns();
  const Footprint after;
  output.metric("bytes_per_task", "B", bytes_each(before.memory, after.memory, threads));
  output.metric("virtual_bytes", "B", after.virtual_bytes - before.virtual_bytes);
  output.metric("kernel_stack_bytes_per_task", "B",
                std::max(0.0, after.kernel_stack_bytes - before.kernel_stack_bytes) / each);
  output.metric("ns_per_start", "ns", elapsed_ns / each);
  output.check_ok(threads, threads);
}

}  // namespace

Workload thread_memory_probe() {
  return {{.name = "thread_memory",
           .summary = "parked threads of the kernel with stacks of 8 MiB",
           .metric = "bytes_per_task",
           .axis = "threads",
           .smoke = {{{"threads", 50}}},
           .quick = {{{"threads", 5'000}}},
           .full = {{{"threads", 5'000}}, {{"threads", 1'000}}}},
          run_thread_memory};
}

}  // namespace twofold::compare
