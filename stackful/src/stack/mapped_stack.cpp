// The paged and the fixed policy: stacks of one size, many to a mapping, each with a guard page
// below.
//
// Guards are installed by MADV_GUARD_INSTALL (Linux 6.13), which costs no mapping, so that a
// million guarded stacks lie in a few mappings; by mprotect where the kernel does not know it,
// which ends at vm.max_map_count. Stacks are pooled by thread, last in first out; a slab is made
// when the pool is empty and is never unmapped.
#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <utility>

#include "stack/mapped_policy.hpp"
#include "twofold/stackful/fiber.hpp"
#include "twofold/stackful/stack.hpp"

namespace twofold {
inline namespace stackful {
namespace fiber {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kStacksInSlab = 64;
constexpr int kGuardInstall = 102;  // MADV_GUARD_INSTALL, not in Debian 12's headers

// At the top of each stack, above where fibers run.
struct alignas(64) Header {
  Header* next_free;
  std::byte* low;  // of the guard page
  std::size_t bytes;
};

std::atomic<std::size_t> stack_bytes{mapped_policy.default_bytes};
std::atomic<std::uint64_t> bytes_mapped{0};
std::atomic<std::uint64_t> guards{0};
std::atomic<bool> kernel_has_guards{true};

struct Shared {
  std::mutex lock;
  Header* free = nullptr;
};
Shared& shared() {
  static Shared* const instance = new Shared;
  return *instance;
}

constinit thread_local Header* pool = nullptr;

// Names the task that ran into its guard; other faults go where they went before.
struct sigaction previous_action;

void on_fault(int signal, siginfo_t* info, void* context) {
  const Fiber* const fiber = current_fiber;
  const auto* const address = static_cast<const std::byte*>(info->si_addr);
  if (fiber != nullptr && fiber->stack.low != nullptr && address < fiber->stack.low &&
      address >= fiber->stack.low - kPage) {
    char text[256];
    const TaskHeader* const task = fiber->task;
    const int length =
        std::snprintf(text, sizeof text,
                      "twofold: stack overflow in task %llu%s%s: it ran into its guard page "
                      "(stacks have %zu bytes, "
                      "see set_stack_limit; TWOFOLD_STACK=segmented grows instead)\n",
                      static_cast<unsigned long long>(task != nullptr ? task->id() : 0),
                      task != nullptr && task->name() != nullptr ? " " : "",
                      task != nullptr && task->name() != nullptr ? task->name() : "",
                      static_cast<std::size_t>(fiber->stack.top - fiber->stack.low));
    std::fwrite(text, 1, static_cast<std::size_t>(length), stderr);
    std::abort();
  }
  if ((previous_action.sa_flags & SA_SIGINFO) != 0) {
    previous_action.sa_sigaction(signal, info, context);
  } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
    previous_action.sa_handler(signal);
  } else {
    ::signal(signal, SIG_DFL);  // the fault comes again, and ends the program as it should
  }
}

// The handler for the process, an alternate stack for this thread; and what it leaves when it ends.
class ThreadSetup {
 public:
  ThreadSetup() {
    static const bool installed = [] {
      struct sigaction action = {};
      action.sa_sigaction = &on_fault;
      action.sa_flags = SA_SIGINFO | SA_ONSTACK;
      return ::sigaction(SIGSEGV, &action, &previous_action) == 0;
    }();
    static_cast<void>(installed);
    stack_t current{};
    if (::sigaltstack(nullptr, &current) == 0 && (current.ss_flags & SS_DISABLE) != 0) {
      alternate_ = std::malloc(kAlternateBytes);
      if (alternate_ == nullptr) return;
      const stack_t stack{.ss_sp = alternate_, .ss_flags = 0, .ss_size = kAlternateBytes};
      ::sigaltstack(&stack, nullptr);
    }
  }
  ~ThreadSetup() {
    if (alternate_ != nullptr) {
      const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
      ::sigaltstack(&none, nullptr);
      std::free(alternate_);
    }
    const std::lock_guard guard(shared().lock);
    while (Header* const header = pool) {
      pool = header->next_free;
      header->next_free = std::exchange(shared().free, header);
    }
  }
  ThreadSetup(const ThreadSetup&) = delete;
  ThreadSetup& operator=(const ThreadSetup&) = delete;

 private:
  static constexpr std::size_t kAlternateBytes = 64 * 1024;
  void* alternate_ = nullptr;
};

void install_guard(std::byte* low) {
  if (kernel_has_guards.load(std::memory_order_relaxed)) {
    if (::madvise(low, kPage, kGuardInstall) == 0) {
      guards.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    kernel_has_guards.store(false, std::memory_order_relaxed);
  }
  if (::mprotect(low, kPage, PROT_NONE) != 0) {
    throw std::system_error(
        errno, std::system_category(),
        "twofold: mprotect of a stack's guard page (each costs a mapping here: raise "
        "vm.max_map_count, or use a kernel from 6.13 on, or TWOFOLD_STACK=segmented)");
  }
  guards.fetch_add(1, std::memory_order_relaxed);
}

[[nodiscard]] bool take_shared() noexcept {
  const std::lock_guard guard(shared().lock);
  if (shared().free == nullptr) return false;
  pool = std::exchange(shared().free, shared().free->next_free);
  pool->next_free = nullptr;
  return true;
}

void make_slab() {
  const std::size_t bytes = stack_bytes.load(std::memory_order_relaxed);
  void* const memory = ::mmap(nullptr, bytes * kStacksInSlab, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::system_error(
        errno, std::system_category(),
        "twofold: mmap of a slab of stacks (out of address space: see RLIMIT_AS, "
        "vm.overcommit_memory, or choose smaller stacks by set_stack_limit)");
  }
  // A huge page would make every stack in it resident at the first touch.
  ::madvise(memory, bytes * kStacksInSlab, MADV_NOHUGEPAGE);
  bytes_mapped.fetch_add(bytes * kStacksInSlab, std::memory_order_relaxed);
  for (std::size_t i = 0; i < kStacksInSlab; ++i) {
    std::byte* const low = static_cast<std::byte*>(memory) + i * bytes;
    install_guard(
        low);  // on a throw the stacks made so far are in the pool, the rest is address space
    pool = ::new (low + bytes - sizeof(Header)) Header{pool, low, bytes};
  }
}

}  // namespace

void call_on_big_stack(void (*run)(void*), void* argument) { run(argument); }

}  // namespace fiber

Stack acquire_stack() {
  thread_local const fiber::ThreadSetup setup;
  static_cast<void>(setup);
  if (fiber::pool == nullptr && !fiber::take_shared()) fiber::make_slab();
  fiber::Header* const header = std::exchange(fiber::pool, fiber::pool->next_free);
  return {.top = reinterpret_cast<std::byte*>(header),
          .limit = nullptr,
          .low = header->low + fiber::kPage,
          .cookie = header};
}

void release_stack(const Stack& stack) noexcept {
  auto* const header = static_cast<fiber::Header*>(stack.cookie);
  if (fiber::mapped_policy.trim) {
    // A fiber that went deep gives its pages back; the two topmost are as good as always in use.
    // The kernel looks at the first word only: an untouched page below them means that nothing
    // deeper was touched.
    unsigned char resident = 0;
    std::byte* const third = header->low + header->bytes - 3 * fiber::kPage;
    if (::mincore(third, fiber::kPage, &resident) == 0 && (resident & 1) != 0) {
      ::madvise(stack.low, static_cast<std::size_t>(third + fiber::kPage - stack.low), MADV_FREE);
    }
  }
  header->next_free = std::exchange(fiber::pool, header);
}

StackMetrics stack_metrics() noexcept {
  const std::uint64_t mapped = fiber::bytes_mapped.load(std::memory_order_relaxed);
  return {.growths = 0,
          .bytes_mapped = mapped,
          .bytes_peak = mapped,
          .guards = fiber::guards.load(std::memory_order_relaxed)};
}

const char* stack_policy() noexcept { return fiber::mapped_policy.name; }

void set_stack_limit(std::size_t bytes) noexcept {
  constexpr std::size_t kSmallest = 4 * fiber::kPage;
  const std::size_t rounded = (bytes + fiber::kPage - 1) / fiber::kPage * fiber::kPage;
  fiber::stack_bytes = rounded < kSmallest ? kSmallest : rounded;
}
std::size_t stack_limit() noexcept { return fiber::stack_bytes; }

}  // namespace stackful
}  // namespace twofold
