// Async<T>: an async function of the stackless runtime: a lazy coroutine, itself a Future.
//
// `Async<int> f() { co_return co_await g() + 1; }`. Calling f allocates its frame and runs nothing.
// It is run by being awaited from another coroutine (then its frame joins that chain and nothing
// else is allocated), by spawn or block_on, or by being polled as a Future.
//
// The lazy start and the symmetric transfer both ways are cppcoro's task<T>; that the result is
// written into the awaiter is libfork's.
#pragma once

#include <coroutine>
#include <type_traits>
#include <utility>

#include "twofold/future.hpp"
#include "twofold/stackless/chain.hpp"

namespace twofold {
inline namespace stackless {

template <class T = void>
class Async;

namespace coro {

template <class T>
inline constexpr bool kIsAsync = false;
template <class T>
inline constexpr bool kIsAsync<Async<T>> = true;

/// Awaits a child coroutine: owns it while it runs, and receives its outcome.
template <class T>
class [[nodiscard]] AsyncAwaiter : Receiver<T> {
 public:
  explicit AsyncAwaiter(PromiseBase* awaited) noexcept { this->child = awaited; }
  AsyncAwaiter(const AsyncAwaiter&) = delete;
  AsyncAwaiter& operator=(const AsyncAwaiter&) = delete;
  ~AsyncAwaiter() {
    if (this->child != nullptr) this->child->handle().destroy();
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    this->parent = &awaiting.promise();
    this->child->receiver = this;
    this->child->chain = awaiting.promise().chain;
    return this->child->handle();
  }
  T await_resume() {
    // The frame goes first: its parameters are destroyed before the caller sees the result.
    std::exchange(this->child, nullptr)->handle().destroy();
    return this->outcome.take();
  }
};

/// Awaits any Future, in place.
template <Future F>
class [[nodiscard]] FutureAwaiter : PendingLeaf {
  using Output = RawOutput<F>;

 public:
  FutureAwaiter(F& future, PromiseBase& promise) noexcept
      : PendingLeaf{&FutureAwaiter::poll_again, &promise}, future_(future) {}
  FutureAwaiter(const FutureAwaiter&) = delete;
  FutureAwaiter& operator=(const FutureAwaiter&) = delete;

  // An exception of the future is thrown from here, in the coroutine that awaits.
  [[nodiscard]] bool await_ready() {
    Context context(waiting->chain->task());
    return try_poll(context);
  }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise>) noexcept;
  Output await_resume() { return outcome_.take(); }

 private:
  bool try_poll(Context& context) {
    Poll<Output> answer = future_.poll(context);
    if (answer.is_pending()) return false;
    outcome_.set_value(std::move(answer).value());
    return true;
  }

  static bool poll_again(PendingLeaf& leaf, Context& context) noexcept {
    auto& self = static_cast<FutureAwaiter&>(leaf);
    try {
      return self.try_poll(context);
    } catch (...) {
      self.outcome_.set_error(std::current_exception());
      return true;
    }
  }

  F& future_;
  Outcome<Output> outcome_;
};

/// Awaiting what is not a future gives it back: so that the dialect needs no colour.
template <class V>
struct ValueAwaiter {
  V&& value;
  [[nodiscard]] bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  V&& await_resume() const noexcept { return static_cast<V&&>(value); }
};

struct FinalAwaiter {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
    PromiseBase& promise = self.promise();
    if (PromiseBase* const parent = promise.receiver->parent) [[likely]]
      return parent->handle();
    return promise.chain->finish();
  }
  void await_resume() const noexcept {}
};

template <class T>
struct PromiseFor : PromiseBase {
  Async<T> get_return_object() noexcept;
  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { outcome().set_error(std::current_exception()); }

  template <class U>
  AsyncAwaiter<U> await_transform(Async<U>&& child) noexcept {
    return AsyncAwaiter<U>(child.release());
  }
  template <class U>
  AsyncAwaiter<U> await_transform(Async<U>& child) noexcept {
    return AsyncAwaiter<U>(child.release());
  }
  // By reference: a temporary lives to the end of the full expression, which is past the
  // suspension, and an immovable future stays where it is.
  template <class V>
  auto await_transform(V&& value) noexcept {
    if constexpr (Future<V>) {
      return FutureAwaiter<std::remove_reference_t<V>>(value, *this);
    } else {
      return ValueAwaiter<V>{std::forward<V>(value)};
    }
  }

 protected:
  [[nodiscard]] Outcome<T>& outcome() noexcept {
    return static_cast<Receiver<T>*>(receiver)->outcome;
  }
};

template <class T>
struct Promise : PromiseFor<T> {
  template <class U = T>
  requires std::is_constructible_v<T, U&&>
  void return_value(U&& value) { this->outcome().set_value(std::forward<U>(value)); }
};

template <>
struct Promise<void> : PromiseFor<void> {
  void return_void() noexcept { outcome().set_value(); }
};

/// An Async that is polled as a future: the root of a chain of its own, driven by its owner's
/// polls.
template <class T>
struct NestedRoot : Receiver<T> {
  NestedRoot(PromiseBase& first, TaskHeader& task) noexcept
      : chain(task, *this, Chain::Kind::kNested) {
    this->child = &first;
    first.receiver = this;
    first.chain = &chain;
  }
  static void* operator new(std::size_t bytes) { return frame_pool.allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept {
    frame_pool.deallocate(memory, bytes);
  }
  Chain chain;
};

}  // namespace coro

/// A lazy async function call; owns its coroutine. Move-only, until it is first polled. Destroying
/// it cancels what it runs: destructors of all frames run, innermost first. Not thread-safe.
template <class T>
class [[nodiscard]] Async {
 public:
  using Output = T;
  using promise_type = coro::Promise<T>;

  explicit Async(coro::PromiseBase& promise) noexcept : promise_(&promise) {}
  Async(Async&& other) noexcept : promise_(other.release()) {}
  Async& operator=(Async&& other) noexcept {
    if (this != &other) {
      destroy();
      promise_ = other.release();
    }
    return *this;
  }
  ~Async() { destroy(); }

  /// Runs the coroutine as far as it gets inside the asking task. Allocates a chain root at first.
  Poll<T> poll(Context& context);

  /// For the runtime: gives up the coroutine, which has not started.
  [[nodiscard]] coro::PromiseBase* release() noexcept { return std::exchange(promise_, nullptr); }

 private:
  [[nodiscard]] coro::NestedRoot<T>* nested_root() const noexcept {
    return promise_ == nullptr ? nullptr
                               : static_cast<coro::NestedRoot<T>*>(
                                     static_cast<coro::Receiver<T>*>(promise_->receiver));
  }
  void destroy() noexcept;

  coro::PromiseBase* promise_;
};

template <class T>
void Async<T>::destroy() noexcept {
  if (promise_ == nullptr) return;
  auto* const root = nested_root();
  if (root != nullptr) root->chain.destroy_inner_frames();
  promise_->handle().destroy();
  delete root;
}

template <class T>
Poll<T> Async<T>::poll(Context& context) {
  auto* root = nested_root();
  if (root == nullptr) root = new coro::NestedRoot<T>(*promise_, context.task());
  root->chain.set_task(context.task());
  if (const std::coroutine_handle<> coroutine = root->chain.ready_coroutine()) coroutine.resume();
  if (!promise_->handle().done()) return Pending;
  if constexpr (std::is_void_v<T>) {
    root->outcome.take();
    return Ready();
  } else {
    return Poll<T>(std::in_place, root->outcome.take());
  }
}

namespace coro {

template <class T>
Async<T> PromiseFor<T>::get_return_object() noexcept {
  return Async<T>(static_cast<PromiseBase&>(*this));
}

template <Future F>
template <class Promise>
std::coroutine_handle<> FutureAwaiter<F>::await_suspend(std::coroutine_handle<Promise>) noexcept {
  Chain& chain = *waiting->chain;
  chain.park(*this);
  return chain.is_task() ? next_coroutine(chain.task().executor()) : std::noop_coroutine();
}

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
