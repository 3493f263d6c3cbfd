// Signals: the handler, and the descriptor by which it reaches the reactors.
#include "twofold/io/signal.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <string>
#include <system_error>

#include "twofold/io/signal_handler.hpp"
#include "twofold/io/signal_stack.hpp"

namespace twofold {
namespace {

constexpr int kSignals = 65;  // 1 to 64

// How often each signal came. Plain integers for the compiler's atomic operations: std::atomic's
// functions are calls in unoptimized builds, which the handler must not make.
constinit std::uint64_t counts[kSignals] = {};
// For the life of the process: a handler may run at any time.
constinit int event_descriptor = -1;

std::uint64_t count_of(int number) noexcept {
  // Acquire: who sees the count also sees what the interrupted thread had done. Pairs with the
  // release in on_signal().
  return __atomic_load_n(&counts[number], __ATOMIC_ACQUIRE);
}

[[noreturn]] void throw_signal(int error, int number) {
  throw std::system_error(error, std::system_category(),
                          "twofold: waiting for signal " + std::to_string(number));
}

// eventfd_write() is one write(), which leaves errno alone, since it cannot fail here.
void on_signal(int number) {
  __atomic_fetch_add(&counts[number], 1, __ATOMIC_RELEASE);
  ::eventfd_write(event_descriptor, 1);
}

void install_handler(int number) {
  static constinit std::mutex lock;
  static constinit std::array<bool, kSignals> installed{};
  const bool is_fault = number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
                        number == SIGILL || number == SIGTRAP;
  if (number < 1 || number >= kSignals || is_fault) throw_signal(EINVAL, number);

  const std::lock_guard guard(lock);
  if (installed[static_cast<std::size_t>(number)]) return;
  if (event_descriptor < 0) {
    const int event = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (event < 0) throw_signal(errno, number);
    event_descriptor = event;
  }
  struct sigaction action = {};
  action.sa_handler = signal_handler<&on_signal>;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  if (::sigaction(number, &action, nullptr) != 0) throw_signal(errno, number);
  installed[static_cast<std::size_t>(number)] = true;
}

// A descriptor of its own for each future: epoll takes a descriptor only once.
detail::FileDescriptor watch_events(int number) {
  detail::FileDescriptor fd(::fcntl(event_descriptor, F_DUPFD_CLOEXEC, 0));
  if (!fd) throw_signal(errno, number);
  return fd;
}

}  // namespace

Poll<Unit> Signal::poll(Context& context) {
  if (source_ == nullptr) {
    detail::ensure_signal_stack();
    install_handler(number_);
    seen_ = count_of(number_);
    source_ = detail::make_io_source(watch_events(number_));
    wait_.set_source(*source_);
  }
  for (;;) {
    wait_.start();
    if (count_of(number_) != seen_) {
      wait_.end();
      return Ready();
    }
    if (!wait_.wait(context)) {
      context.task().set_waits_for(detail::WaitsFor::kSignal);
      return Pending;
    }
  }
}

}  // namespace twofold
