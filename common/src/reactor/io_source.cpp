// IoSource: waiting, and who lets go of it last.
#include "twofold/reactor/io_source.hpp"

#include <cerrno>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include "twofold/reactor/reactor.hpp"

namespace twofold::detail {
namespace {

[[noreturn]] void throw_busy(int fd, Direction d) {
  throw std::system_error(EBUSY, std::system_category(),
                          "twofold: another operation waits for descriptor " + std::to_string(fd) +
                              (d == Direction::kRead ? " to be readable" : " to be writable"));
}

[[noreturn]] void throw_elsewhere(int fd) {
  throw std::system_error(EBUSY, std::system_category(),
                          "twofold: a task of another runtime, which does not run, waits for "
                          "descriptor " +
                              std::to_string(fd));
}

}  // namespace

void IoSourceDeleter::operator()(IoSource* source) const noexcept { source->close(); }

// Hot path, guarded by the `echo` workload, as detach() is.
bool IoSource::wait(const IoWait& operation, Direction d, Context& context) {
  TaskHeader& task = context.task();
  TaskRef before;  // dropped after the lock: it may be the last one
  {
    const std::lock_guard guard(lock_);
    if (reactor_.get() == &executor_reactor(task)) [[likely]]
      return attach(operation, d, task, before);
  }
  return wait_elsewhere(operation, d, context);
}

// It is not registered with the reactor of the task, for which there may be none.
bool IoSource::wait_elsewhere(const IoWait& operation, Direction d, Context& context) {
  TaskRef before;
  std::unique_lock held(lock_);
  if (virtual_ == nullptr) {
    Reactor& reactor = executor_reactor(context.task());
    if (reactor_.get() != &reactor) enroll(operation, reactor, held);
  }
  return attach(operation, d, context.task(), before);
}

// Under the lock. `before`: the task that waited until now.
[[gnu::always_inline]] inline bool IoSource::attach(const IoWait& operation, Direction d,
                                                    TaskHeader& task, TaskRef& before) {
  if (ready_[index(d)].load(std::memory_order_relaxed)) return true;
  Side& side = sides_[index(d)];
  if (side.attached != &operation) {
    if (side.attached != nullptr) [[unlikely]]
      throw_busy(fd(), d);
    side.attached = &operation;
    if (!operation.keeps_) ++operations_;
  }
  if (side.waiter.get() == &task) return false;
  if (side.waiter) [[unlikely]] {
    before = std::move(side.waiter);
  } else if (reactor_ != nullptr) {
    reactor_->waits();
  }
  task.acquire();
  side.waiter = TaskRef::adopt(task);
  return false;
}

// Under the lock. A task that is over may still be named by a future that outlives it.
bool IoSource::is_waited_for_by_another(const IoWait& operation) const noexcept {
  const auto by_another = [&](const Side& side) {
    return side.waiter && side.attached != &operation && !side.waiter.get()->is_done();
  };
  return by_another(sides_[0]) || by_another(sides_[1]);
}

// Under the lock, which is released where the source is taken out of another runtime's reactor.
void IoSource::enroll(const IoWait& operation, Reactor& reactor, std::unique_lock<SpinLock>& held) {
  // A closed source is not registered again: it is ready, for an error.
  while (reactor_.get() != &reactor && !closed_.load(std::memory_order_relaxed)) {
    if (reactor_ == nullptr) return reactor.add(*this);
    if (is_waited_for_by_another(operation)) {
      if (reactor_->is_served()) return;  // it wakes this operation's task too
      throw_elsewhere(fd());
    }
    TaskRef before[2];  // dropped without the lock
    for (const Direction d : {Direction::kRead, Direction::kWrite}) {
      before[index(d)] = take_waiter(d);
      if (before[index(d)]) reactor_->waits_no_more();
    }
    registered_.store(false, std::memory_order_relaxed);
    reactor_->remove(*this);
    const std::shared_ptr<Reactor> left = std::exchange(reactor_, nullptr);
    held.unlock();
    left->finish_turn();  // which may have this source in its batch
    for (TaskRef& task : before) task.reset();
    held.lock();
  }
}

void IoSource::hold() noexcept {
  const std::lock_guard guard(lock_);
  ++operations_;
}

void IoSource::detach(const IoWait& operation, Direction d) noexcept {
  {
    const std::lock_guard guard(lock_);
    Side& side = sides_[index(d)];
    const bool is_attached = side.attached == &operation;
    const bool waits = is_attached && side.waiter;
    const bool is_last = operations_ == 1 && closed_.load(std::memory_order_relaxed);
    if (!waits && !is_last) [[likely]] {
      if (is_attached) side.attached = nullptr;
      --operations_;
      return;
    }
  }
  detach_last(operation, d);
}

// It still waits, or may be the last one of a closed source.
void IoSource::detach_last(const IoWait& operation, Direction d) noexcept {
  TaskRef waiter;  // dropped after the lock, as the descriptor is closed
  FileDescriptor unused;
  bool is_last = false;
  {
    const std::lock_guard guard(lock_);
    if (sides_[index(d)].attached == &operation) {
      waiter = take_waiter(d);
      // Under the lock, for close() moves the reactor out.
      if (waiter && reactor_ != nullptr) reactor_->waits_no_more();
      sides_[index(d)].attached = nullptr;
    }
    const bool is_unused = --operations_ == 0;
    if (is_unused && closed_.load(std::memory_order_relaxed)) unused = std::move(fd_);
    is_last = is_unused && !is_owned_;
  }
  if (is_last) delete this;
}

void IoSource::let_go() noexcept {
  lock_.lock();
  is_owned_ = false;
  const bool is_last = operations_ == 0;
  lock_.unlock();
  if (is_last) delete this;
}

void IoSource::on_virtual_event(Direction d) noexcept {
  TaskRef waiter;
  {
    const std::lock_guard guard(lock_);
    waiter = signal(d);
  }
  waiter.wake();
}

// The owner's. Both waiters are taken under the lock that takes the reactor away: an operation that
// is dropped from then on has no waiter to count out, so that each is counted out once.
void IoSource::close() noexcept {
  // May be the last reference; a closed source is not to hold one.
  std::shared_ptr<Reactor> reactor;  // cppcheck-suppress throwInNoexceptFunction; none is made
  FileDescriptor unused;
  TaskRef waiters[2];
  {
    const std::lock_guard guard(lock_);
    // Release: pairs with IoWait::check_open().
    closed_.store(true, std::memory_order_release);
    // Before an operation that ends can close the descriptor, and the number be another's.
    if (reactor_ != nullptr) reactor_->remove(*this);
    reactor = std::move(reactor_);
    for (const Direction d : {Direction::kRead, Direction::kWrite}) waiters[index(d)] = signal(d);
    if (operations_ == 0) unused = std::move(fd_);
  }
  for (const TaskRef& waiter : waiters) {
    if (!waiter) continue;
    waiter.wake();
    if (reactor != nullptr) reactor->waits_no_more();
  }
  // No operation looks at it any more: they find that the source is closed. (Of a socket of the
  // kernel's one may be looking, whether there is a virtual one.)
  if (virtual_ != nullptr) virtual_.reset();
  if (reactor == nullptr || !reactor->free_after_turn(*this)) let_go();
}

void IoWait::throw_closed() {
  end();
  throw std::system_error(ECANCELED, std::system_category(),
                          "twofold: closed while this operation waited");
}

}  // namespace twofold::detail
