// Watcher: the thread, who it watches, and what it does when it finds something.
#include "twofold/debug/watcher.hpp"

#include <semaphore.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <mutex>
#include <sstream>
#include <system_error>
#include <thread>
#include <vector>

#include "twofold/debug/symbols.hpp"
#include "twofold/debug/thread_probe.hpp"
#include "twofold/executor/executor.hpp"

namespace twofold {

void write_stall(const Stall& stall) {
  std::ostringstream text;
  text << "twofold: task " << stall.task;
  if (!stall.name.empty()) text << " \"" << stall.name << '"';
  text << " has kept its worker for "
       << std::chrono::duration_cast<std::chrono::milliseconds>(stall.duration).count()
       << " ms without awaiting anything; other tasks wait (see spawn_blocking, yield_now)\n";
  for (const std::string& function : stall.functions) text << "      at " << function << '\n';
  std::fputs(text.str().c_str(), stderr);
}

namespace detail {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Entry {
  WatchedWorker worker;
  std::uint64_t polls = ~std::uint64_t{0};  // when last looked at; no count before that
  std::chrono::nanoseconds unchanged{0};    // since then, as far as it was watched
  bool is_reported = false;
};

class Watcher {
 public:
  /// Started when first asked for; for the life of the process, so that it outlives every runtime.
  static Watcher& get() {
    static Watcher* const watcher = new Watcher;
    return *watcher;
  }
  static bool exists() noexcept { return exists_.load(std::memory_order_relaxed); }

  const Entry* add(const WatchedWorker& worker) {
    const std::lock_guard held(lock_);
    entries_.push_back(std::make_unique<Entry>(Entry{.worker = worker}));
    ::sem_post(&attention_);
    return entries_.back().get();
  }
  void remove(const void* entry) noexcept {
    const std::lock_guard held(lock_);
    std::erase_if(entries_, [entry](const auto& own) { return own.get() == entry; });
  }

  void add_runtime(Executor& executor) {
    static const bool installed = (install_sigquit(), true);
    static_cast<void>(installed);
    const std::lock_guard held(lock_);
    runtimes_.push_back(&executor);
  }
  void remove_runtime(Executor& executor) noexcept {
    const std::lock_guard held(lock_);
    std::erase(runtimes_, &executor);
  }

 private:
  static constexpr std::chrono::milliseconds kPatience{200};

  Watcher() {
    ::sem_init(&attention_, 0, 0);
    the_attention_ = &attention_;
    std::thread([this] { run(); }).detach();
    exists_.store(true, std::memory_order_relaxed);
  }

  static void install_sigquit() {
    struct sigaction action = {};
    action.sa_handler = &on_sigquit;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    ::sigfillset(&action.sa_mask);
    if (::sigaction(SIGQUIT, &action, nullptr) != 0) {
      throw std::system_error(errno, std::system_category(), "twofold: a handler for SIGQUIT");
    }
  }

  // See twofold_answer_probe() for the stack that it runs on.
  [[gnu::no_split_stack]] static void on_sigquit(int);

  [[noreturn]] void run() noexcept {
    ::pthread_setname_np(::pthread_self(), "twofold-watch");
    for (SteadyClock::time_point last_look = SteadyClock::now();;) {
      const std::chrono::nanoseconds interval = wait();
      if (__atomic_exchange_n(&sigquit_came_, false, __ATOMIC_ACQ_REL)) write_all_tasks();
      const std::lock_guard held(lock_);
      const SteadyClock::time_point now = SteadyClock::now();
      // A look that comes late counts as one in time: what kept this thread, a debugger or a
      // machine without a processor to spare, kept the workers too.
      const std::chrono::nanoseconds watched = std::min(now - last_look, interval);
      last_look = now;
      for (const auto& entry : entries_) look_at(*entry, watched);
    }
  }

  // Returns how long it meant to wait: a quarter of the shortest threshold, so that a stall is seen
  // before it is half as long again.
  std::chrono::nanoseconds wait() noexcept {
    std::chrono::nanoseconds interval = std::chrono::nanoseconds::max();
    {
      const std::lock_guard held(lock_);
      for (const auto& entry : entries_) interval = std::min(interval, quarter_of(*entry));
    }
    if (interval == std::chrono::nanoseconds::max()) {
      ::sem_wait(&attention_);
      return interval;
    }
    timespec until{};
    ::clock_gettime(CLOCK_MONOTONIC, &until);
    const std::int64_t nanoseconds = until.tv_nsec + interval.count();
    until.tv_sec += nanoseconds / 1'000'000'000;
    until.tv_nsec = nanoseconds % 1'000'000'000;
    ::sem_clockwait(&attention_, CLOCK_MONOTONIC, &until);
    return interval;
  }

  // Rounded up: four of them are the threshold.
  static std::chrono::nanoseconds quarter_of(const Entry& entry) noexcept {
    return std::max<std::chrono::nanoseconds>(
        entry.worker.threshold / 4 + std::chrono::nanoseconds(1), std::chrono::milliseconds(1));
  }

  // `watched`: since the last look.
  static void look_at(Entry& entry, std::chrono::nanoseconds watched) noexcept {
    const WatchedWorker& worker = entry.worker;
    const std::uint64_t polls = worker.polls(*worker.executor);
    if (polls != entry.polls || worker.is_asleep(*worker.executor)) {
      entry.polls = polls;
      entry.unchanged = std::chrono::nanoseconds(0);
      entry.is_reported = false;
      return;
    }
    entry.unchanged += watched;
    if (entry.is_reported || entry.unchanged < worker.threshold) return;
    const Sighting* sighting = nullptr;
    // Whoever does not answer in time, on a busy machine say, is asked again at the next look.
    if (!probe_thread(worker.thread, kPatience, sighting) || !sighting->has_task) return;
    // It may have gone on between the two looks: then it was another task that was seen.
    if (worker.polls(*worker.executor) != polls) return;
    entry.is_reported = true;
    report(worker, *sighting, entry.unchanged);
  }

  static void report(const WatchedWorker& worker, const Sighting& sighting,
                     std::chrono::nanoseconds duration) noexcept {
    try {
      Symbols symbols;
      worker.report({.task = sighting.task,
                     .name = sighting.name,
                     .duration = duration,
                     .functions = sighting.stack.functions(symbols)});
    } catch (const std::bad_alloc&) {
      return;  // the next one, maybe
    }
  }

  void write_all_tasks() noexcept {
    const std::lock_guard held(lock_);
    for (Executor* const runtime : runtimes_) runtime->request_dump();
  }

  inline static constinit std::atomic<bool> exists_{false};
  // For the handler. Plain, for the compiler's atomic operations: std::atomic's functions are calls
  // in unoptimized builds.
  inline static constinit sem_t* the_attention_ = nullptr;
  inline static constinit bool sigquit_came_ = false;

  sem_t attention_;
  std::mutex lock_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<Executor*> runtimes_;
};

void Watcher::on_sigquit(int) {
#if defined(__x86_64__)
  void* limit = nullptr;
  asm volatile("movq %%fs:0x70, %0\n\tmovq $0, %%fs:0x70" : "=r"(limit) : : "memory");
#endif
  __atomic_store_n(&sigquit_came_, true, __ATOMIC_RELEASE);
  ::sem_post(the_attention_);  // it leaves errno alone unless the count overflows
#if defined(__x86_64__)
  asm volatile("movq %0, %%fs:0x70" : : "r"(limit) : "memory");
#endif
}

}  // namespace

void start_watcher() { static_cast<void>(Watcher::get()); }

StallWatch::StallWatch(const WatchedWorker& worker) noexcept {
  if (worker.threshold <= std::chrono::nanoseconds::zero()) return;
  try {
    admit_probe();
    entry_ = Watcher::get().add(worker);
  } catch (const std::exception&) {
    return;
  }
}

StallWatch::~StallWatch() {
  if (entry_ != nullptr) Watcher::get().remove(entry_);
}

void dump_on_sigquit(Executor& executor) { Watcher::get().add_runtime(executor); }

void forget_sigquit(Executor& executor) noexcept {
  if (Watcher::exists()) Watcher::get().remove_runtime(executor);
}

std::size_t watcher_threads() noexcept { return Watcher::exists() ? 1 : 0; }

}  // namespace detail
}  // namespace twofold
