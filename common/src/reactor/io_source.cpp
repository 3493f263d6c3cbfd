// IoSource: waiting, and who lets go of it last.
#include "twofold/reactor/io_source.hpp"

#include <cerrno>
#include <mutex>
#include <string>
#include <system_error>

#include "twofold/reactor/reactor.hpp"

namespace twofold::detail {
namespace {

[[noreturn]] void throw_busy(int fd, Direction d) {
  throw std::system_error(EBUSY, std::system_category(),
                          "twofold: another operation waits for descriptor " + std::to_string(fd) +
                              (d == Direction::kRead ? " to be readable" : " to be writable"));
}

}  // namespace

void IoSourceDeleter::operator()(IoSource* source) const noexcept { source->close(); }

bool IoSource::wait(const IoWait& operation, Direction d, Context& context) {
  // Acquire: pairs with add(), which the other direction's task may have called.
  if (!registered_.load(std::memory_order_acquire)) [[unlikely]] {
    if (virtual_ == nullptr) executor_reactor(context.task()).add(*this);
  }
  TaskRef before;  // dropped after the lock: it may be the last one
  const std::lock_guard guard(lock_);
  if (ready_[index(d)].load(std::memory_order_relaxed)) return true;
  Side& side = sides_[index(d)];
  if (side.attached != &operation) {
    if (side.attached != nullptr) throw_busy(fd(), d);
    side.attached = &operation;
    if (!operation.keeps_) ++operations_;
  }
  if (!side.waiter && reactor_ != nullptr)
    reactor_->waiting_.fetch_add(1, std::memory_order_relaxed);
  if (side.waiter.get() != &context.task()) {
    before = std::exchange(side.waiter, TaskRef(&context.task()));
  }
  return false;
}

void IoSource::hold() noexcept {
  const std::lock_guard guard(lock_);
  ++operations_;
}

void IoSource::detach(const IoWait& operation, Direction d) noexcept {
  TaskRef waiter;  // dropped after the lock, as the descriptor is closed
  FileDescriptor unused;
  bool is_last = false;
  {
    const std::lock_guard guard(lock_);
    if (sides_[index(d)].attached == &operation) {
      waiter = take_waiter(d);
      // Under the lock, for close() moves the reactor out.
      if (waiter && reactor_ != nullptr) reactor_->waiting_.fetch_sub(1, std::memory_order_relaxed);
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
  virtual_.reset();  // no operation looks at it any more: they find that the source is closed
  if (reactor == nullptr || !reactor->free_after_turn(*this)) let_go();
}

// Under the lock: who waits in direction `d` is to look again. Gives its task, to be woken.
TaskRef IoSource::signal(Direction d) noexcept {
  ready_[index(d)].store(true, std::memory_order_relaxed);
  return take_waiter(d);
}

// Under the lock.
TaskRef IoSource::take_waiter(Direction d) noexcept { return std::move(sides_[index(d)].waiter); }

void IoWait::throw_closed() {
  end();
  throw std::system_error(ECANCELED, std::system_category(),
                          "twofold: closed while this operation waited");
}

}  // namespace twofold::detail
