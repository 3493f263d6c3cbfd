// Stack overflow: the report, and the handler of faults in stack guards.
#include "stack/overflow.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "stack/page_mapping.hpp"
#include "twofold/io/signal_handler.hpp"
#include "twofold/io/signal_stack.hpp"
#include "twofold/stackful/fiber.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {
namespace {

void write_report(const StackOverflow& overflow) noexcept {
  const auto* const running = fiber::current_fiber();
  const auto* const task = running != nullptr ? running->task : nullptr;
  const char* const name = task != nullptr && task->name() != nullptr ? task->name() : "";
  char text[512];
  const int length = std::snprintf(
      text, sizeof text,
      "twofold: stack overflow in task %llu%s%s: %s%s%s (it has %zu bytes and wants %zu more; the "
      "limit is %zu bytes a fiber, see twofold::set_stack_limit)\n",
      static_cast<unsigned long long>(task != nullptr ? task->id() : 0), *name != '\0' ? " " : "",
      name, overflow.reason, overflow.error != 0 ? ": " : "",
      overflow.error != 0 ? ::strerrordesc_np(overflow.error) : "", overflow.used_bytes,
      overflow.wanted_bytes, overflow.limit_bytes);
  if (length <= 0) return;
  const auto bytes = std::min(static_cast<std::size_t>(length), sizeof text - 1);
  static_cast<void>(!::write(STDERR_FILENO, text, bytes));
}

std::atomic<OverflowReporter> reporter{nullptr};

struct sigaction previous_action;

void on_fault(int signal, siginfo_t* info, void* context) {
  const twofold::detail::UncheckedStack unchecked;
  if (in_guard(info->si_addr)) {
    stop_for_overflow({.reason = "it ran into the guard below its stack",
                       .limit_bytes = stack_limit(),
                       .address = info->si_addr});
  }
  if ((previous_action.sa_flags & SA_SIGINFO) != 0) {
    previous_action.sa_sigaction(signal, info, context);
  } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
    previous_action.sa_handler(signal);
  } else {
    ::signal(signal, SIG_DFL);  // the fault comes again, and ends the program as it should
  }
}

void install_handler() noexcept {
  struct sigaction action = {};
  action.sa_sigaction = &on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGSEGV, &action, &previous_action);
}

}  // namespace

void stop_for_overflow(const StackOverflow& overflow) noexcept {
  const OverflowReporter report = reporter.load(std::memory_order_relaxed);
  (report != nullptr ? report : &write_report)(overflow);
  std::abort();
}

}  // namespace stack_memory

void set_overflow_reporter(OverflowReporter reporter) noexcept {
  stack_memory::reporter.store(reporter, std::memory_order_relaxed);
}

void install_overflow_handler() noexcept {
  static const bool installed = (stack_memory::install_handler(), true);
  static_cast<void>(installed);
  try {
    twofold::detail::ensure_signal_stack();
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch)
    // The thread goes on; only its overflow would end in a bare SIGSEGV.
  }
}

}  // namespace stackful
}  // namespace twofold
