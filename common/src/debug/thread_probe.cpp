// ThreadProbe: the handler and the hand-over of what it sees.
//
//     idle --ask--> asked --handler--> answering --handler--> answered --taken--> idle
//       ^             |
//       +--withdrawn--+   (the thread did not come to it in time)
//
// `seen` belongs to the handler from answering to answered, and to who asks otherwise. "Asked" is
// the thread that is to answer: the signal of a question that was withdrawn may come when another
// thread is asked, and must not answer for that one.
#include "twofold/debug/thread_probe.hpp"

#include <signal.h>
#include <unwind.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

#include "twofold/executor/executor.hpp"
#include "twofold/io/signal_stack.hpp"

namespace twofold::detail {
namespace {

constexpr pthread_t kIdle = 0, kAnswering = 1, kAnswered = 2;  // which no thread is called

constinit std::atomic<pthread_t> probe_state{kIdle};
Sighting seen;

struct Walk {
  bool is_past_handler = false;
};

_Unwind_Reason_Code note_frame(_Unwind_Context* context, void* argument) {
  auto& walk = *static_cast<Walk*>(argument);
  int is_interrupted = 0;
  const _Unwind_Ptr address = _Unwind_GetIPInfo(context, &is_interrupted);
  if (address == 0) return _URC_END_OF_STACK;
  // The frames before the interrupted one are the handler's.
  walk.is_past_handler = walk.is_past_handler || is_interrupted != 0;
  if (walk.is_past_handler) {
    // A return address may be the next function's first.
    seen.stack.add(reinterpret_cast<const void*>(address - (is_interrupted != 0 ? 0 : 1)));
  }
  return _URC_NO_REASON;
}

void note_task() noexcept {
  seen.has_task = false;
  seen.stack.clear();
  Executor* const executor = current_executor();
  const TaskHeader* const task = executor != nullptr ? executor->running() : nullptr;
  if (task == nullptr) return;
  seen.has_task = true;
  seen.task = task->id();
  const char* const name = task->name();
  std::size_t length = 0;
  if (name != nullptr) {
    for (; length + 1 < sizeof seen.name && name[length] != '\0'; ++length) {
      seen.name[length] = name[length];
    }
  }
  seen.name[length] = '\0';
  Walk walk;
  _Unwind_Backtrace(&note_frame, &walk);
}

// It runs on the alternate stack, of which the limit of segmented stacks knows nothing: until it is
// out of force, nothing may be called that compares with it. All else in here may run in a handler:
// it allocates nothing and takes no lock of ours; the unwinder's own lock can be taken again by the
// thread that holds it.
extern "C" [[gnu::no_split_stack]] void twofold_answer_probe(int);
extern "C" void twofold_answer_probe(int) {
#if defined(__x86_64__)
  void* limit = nullptr;
  asm volatile("movq %%fs:0x70, %0\n\tmovq $0, %%fs:0x70" : "=r"(limit) : : "memory");
#endif
  const int error = errno;
  pthread_t asked = ::pthread_self();
  // Acquire: pairs with the release in probe_thread(), which had the sighting before.
  if (probe_state.compare_exchange_strong(asked, kAnswering, std::memory_order_acquire,
                                          std::memory_order_relaxed)) {
    note_task();
    probe_state.store(kAnswered, std::memory_order_release);  // publishes the sighting
  }
  errno = error;
#if defined(__x86_64__)
  asm volatile("movq %0, %%fs:0x70" : : "r"(limit) : "memory");
#endif
}

void install_handler() {
  struct sigaction action = {};
  action.sa_handler = &twofold_answer_probe;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  ::sigfillset(&action.sa_mask);
  if (::sigaction(SIGURG, &action, nullptr) != 0) {
    throw std::system_error(errno, std::system_category(), "twofold: a handler for SIGURG");
  }
}

}  // namespace

void admit_probe() {
  static const bool installed = (install_handler(), true);
  static_cast<void>(installed);
  ensure_signal_stack();
}

bool probe_thread(pthread_t thread, std::chrono::nanoseconds patience,
                  const Sighting*& answer) noexcept {
  constexpr auto kBetweenLooks = std::chrono::microseconds(500);
  probe_state.store(thread, std::memory_order_release);  // pairs with the handler's acquire
  if (::pthread_kill(thread, SIGURG) == 0) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end &&
           probe_state.load(std::memory_order_relaxed) != kAnswered) {
      std::this_thread::sleep_for(kBetweenLooks);
    }
  }
  pthread_t asked = thread;
  if (probe_state.compare_exchange_strong(asked, kIdle, std::memory_order_relaxed)) return false;
  // A handler that has begun ends soon.
  while (probe_state.load(std::memory_order_acquire) != kAnswered) std::this_thread::yield();
  probe_state.store(kIdle, std::memory_order_relaxed);
  answer = &seen;
  return true;
}

}  // namespace twofold::detail
