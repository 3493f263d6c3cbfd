// Reactor: registration, the turn, and the end of a source.
#include "twofold/reactor/reactor.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <system_error>

namespace twofold::detail {
namespace {

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

// Whether the kernel has epoll_pwait2 (5.11) and lets it be called: a filter of system calls that
// is older than it answers EPERM, or ENOSYS. Relaxed: who does not know yet finds out.
Atomic<bool> has_fine_timeouts{true};

// epoll_pwait2 takes nanoseconds. Without it, milliseconds, rounded up: no timer is looked for
// before it is due.
int wait_for_events(int epoll, epoll_event* events, int capacity, Nanoseconds timeout) noexcept {
  if (timeout == kNever) return ::epoll_wait(epoll, events, capacity, -1);
  if (timeout == 0) return ::epoll_wait(epoll, events, capacity, 0);
  constexpr Nanoseconds kSecond = 1'000'000'000;
  constexpr Nanoseconds kLongest = 24 * 3600 * kSecond;
  if (timeout > kLongest) timeout = kLongest;
  timespec until{};
  until.tv_sec = static_cast<time_t>(timeout / kSecond);
  until.tv_nsec = static_cast<long>(timeout % kSecond);
  if (has_fine_timeouts.load(std::memory_order_relaxed)) [[likely]] {
    const int count = ::epoll_pwait2(epoll, events, capacity, &until, nullptr);
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
    has_fine_timeouts.store(false, std::memory_order_relaxed);
  }
  constexpr Nanoseconds kMillisecond = 1'000'000;
  return ::epoll_wait(epoll, events, capacity,
                      static_cast<int>((timeout + kMillisecond - 1) / kMillisecond));
}

}  // namespace

// Hot path, guarded by the `echo` workload.
void Reactor::on_event(IoSource& source, bool readable, bool writable) noexcept {
  TaskRef reader;
  TaskRef writer;
  {
    const std::lock_guard guard(source.lock_);
    if (source.reactor_.get() != this) return;  // it was closed, or left, after the batch was made
    if (readable) reader = source.signal(Direction::kRead);
    if (writable) writer = source.signal(Direction::kWrite);
  }
  if (reader) wake(reader);
  if (writer) wake(writer);
}

void Reactor::wake(const TaskRef& waiter) noexcept {
  waiter.wake();
  waits_no_more();
}

Reactor::Reactor()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!epoll_) throw_errno("twofold: epoll_create1 (is RLIMIT_NOFILE reached?)");
  if (!event_) throw_errno("twofold: eventfd (is RLIMIT_NOFILE reached?)");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, event_.get(), &event) != 0) {
    throw_errno("twofold: epoll_ctl for the executor's eventfd");
  }
}

void Reactor::add(IoSource& source) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;
  event.data.ptr = &source;
  // The first events come at once where the descriptor is ready already; the lock makes them wait
  // until the source knows its reactor.
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, source.fd(), &event) != 0) {
    throw_errno("twofold: epoll_ctl (can this descriptor be polled?)");
  }
  source.reactor_ = shared_from_this();
  source.registered_.store(true, std::memory_order_release);
  registered_.fetch_add(1, std::memory_order_relaxed);
}

void Reactor::remove(IoSource& source) noexcept {
  // Explicitly, not by close(): a dup of the descriptor would keep the registration alive.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, source.fd(), nullptr);
  registered_.fetch_sub(1, std::memory_order_relaxed);
}

bool Reactor::free_after_turn(IoSource& source) noexcept {
  // Acquire: a turn that may have the source in its batch began before the descriptor was taken
  // out.
  if (!in_turn_.load(std::memory_order_acquire)) return false;
  const std::lock_guard guard(closed_lock_);
  source.next_closed_ = closed_;
  closed_ = &source;
  return true;
}

void Reactor::finish_turn() noexcept {
  // Acquire: as in free_after_turn().
  if (!in_turn_.load(std::memory_order_acquire)) return;
  const std::uint64_t turn = turns_.load(std::memory_order_relaxed);
  notify();
  for (unsigned round = 0;
       in_turn_.load(std::memory_order_acquire) && turns_.load(std::memory_order_acquire) == turn;
       ++round) {
    pause_a_while(round);
  }
}

void Reactor::free_closed() noexcept {
  IoSource* source = nullptr;
  {
    const std::lock_guard guard(closed_lock_);
    source = std::exchange(closed_, nullptr);
  }
  while (source != nullptr) std::exchange(source, source->next_closed_)->let_go();
}

void Reactor::notify() noexcept {
  const std::uint64_t one = 1;
  // It can only fail where the counter is full, and then the turn ends anyway.
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

bool Reactor::turn(Nanoseconds timeout) noexcept {
  constexpr int kBatch = 256;
  constexpr int kAhead = 4;  // whose source is brought near meanwhile
  epoll_event events[kBatch];
  // Release: pairs with finish_turn(), for which the turn before is over.
  turns_.store(turns_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  in_turn_.store(true, std::memory_order_release);
  // Interrupted by a signal: not the user's business, the executor comes round again.
  const int count = wait_for_events(epoll_.get(), events, kBatch, timeout);
  bool notified = false;
  for (int i = 0; i < count; ++i) {
    if (i + kAhead < count) __builtin_prefetch(events[i + kAhead].data.ptr);
    auto* source = static_cast<IoSource*>(events[i].data.ptr);
    const std::uint32_t what = events[i].events;
    if (source == nullptr) {
      // Edge-triggered: the counter need not be read, each write is a new edge.
      notified = true;
      continue;
    }
    if ((what & (EPOLLRDHUP | EPOLLPRI | EPOLLHUP | EPOLLERR)) != 0) {
      source->hung_up_.store(true, std::memory_order_relaxed);
    }
    on_event(*source, (what & (EPOLLIN | EPOLLRDHUP | EPOLLPRI | EPOLLHUP | EPOLLERR)) != 0,
             (what & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0);
  }
  in_turn_.store(false, std::memory_order_release);
  free_closed();
  return notified;
}

}  // namespace twofold::detail
