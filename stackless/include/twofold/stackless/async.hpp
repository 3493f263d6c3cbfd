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
#include "twofold/stackless/join_awaiter.hpp"
#include "twofold/time.hpp"

namespace twofold {
inline namespace stackless {

template <class T = void>
class Async;

namespace coro {

template <class T>
inline constexpr bool kIsAsync = false;
template <class T>
inline constexpr bool kIsAsync<Async<T>> = true;

/// Awaits a child coroutine, and receives its outcome. It has the child until the await begins;
/// then nobody has it: its frame goes at its end, or with the chain. (gcc makes all awaiters of one
/// expression first, and awaits them one after the other: so an await may never begin.)
template <class T>
class [[nodiscard]] AsyncAwaiter : Receiver<T> {
 public:
  AsyncAwaiter(PromiseBase& awaiting, Async<T>& call) noexcept {
    this->link.parent = awaiting.handle();
    this->outcome.keep(call.release().address());
  }
  ~AsyncAwaiter() {
    if (!this->outcome.is_set() && child()) [[unlikely]]
      child().destroy();
  }
  AsyncAwaiter(const AsyncAwaiter&) = delete;
  AsyncAwaiter& operator=(const AsyncAwaiter&) = delete;

  /// Calls the child, where the stack has room. True: it has come to its end, and its frame is
  /// gone.
  [[nodiscard, gnu::always_inline]] bool await_ready() noexcept {
    const auto begun = child();
    begun.promise().set_caller(this->link);
    if (!has_room_to_call()) [[unlikely]]
      return false;
    begun.resume();
    if (this->outcome.has_value()) [[likely]]
      return true;
    run_next();
    return this->outcome.is_set();
  }
  template <class Promise>
  [[gnu::always_inline]] std::coroutine_handle<> await_suspend(
      std::coroutine_handle<Promise> awaiting) noexcept {
    PromiseBase& begun = child().promise();
    this->outcome.keep(nullptr);
    return suspend_await(awaiting.promise(), begun);
  }
  [[gnu::always_inline]] T await_resume() { return this->outcome.take(); }

 private:
  // Null once it has been left; not to be asked for where there is an outcome.
  [[nodiscard]] Coroutine child() const noexcept {
    return Coroutine::from_address(this->outcome.kept());
  }
};

/// What an awaited future came to, where nothing has to be kept.
struct NothingKept {
  void set_value(Unit) const noexcept {}
};

template <class F>
inline constexpr bool kKeepsNothing = std::is_same_v<OutputOf<F>, Unit> &&
                                      noexcept(std::declval<F&>().poll(std::declval<Context&>()));

/// Awaits any Future, in place. It is polled for the first time in await_ready() and not when the
/// awaiter is made: of two awaits in one expression both awaiters may be made first, and by the
/// second's turn the wake that its poll asked for would be gone.
template <Future F>
class [[nodiscard]] FutureAwaiter : PendingLeaf {
  using Output = RawOutput<F>;

 public:
  explicit FutureAwaiter(F& future) noexcept
      : PendingLeaf{&FutureAwaiter::poll_again}, future_(future) {}
  FutureAwaiter(const FutureAwaiter&) = delete;
  FutureAwaiter& operator=(const FutureAwaiter&) = delete;

  // An exception of the future is thrown from here, in the coroutine that awaits.
  [[nodiscard]] bool await_ready() {
    Context context(running_task());
    return try_poll(context);
  }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    return park_and_switch(coroutine_of(awaiting), Leaf(*this));
  }
  Output await_resume() {
    if constexpr (!kKeepsNothing<F>) {
      return outcome_.take();
    } else if constexpr (!std::is_void_v<Output>) {
      return Output();
    }
  }

 private:
  bool try_poll(Context& context) {
    Poll<Output> answer = future_.poll(context);
    if (answer.is_pending()) return false;
    outcome_.set_value(std::move(answer).value());
    return true;
  }

  static bool poll_again(PendingLeaf& leaf, Context& context) noexcept {
    auto& self = static_cast<FutureAwaiter&>(leaf);
    if constexpr (kKeepsNothing<F>) {
      return self.try_poll(context);
    } else {
      try {
        return self.try_poll(context);
      } catch (...) {
        self.outcome_.set_error(std::current_exception());
        return true;
      }
    }
  }

  F& future_;
  [[no_unique_address]] std::conditional_t<kKeepsNothing<F>, NothingKept, Outcome<Output>> outcome_;
};

/// Awaits a Sleep in place, as FutureAwaiter does, but the chain asks it itself.
class [[nodiscard]] SleepAwaiter {
 public:
  explicit SleepAwaiter(Sleep& sleep) noexcept : sleep_(sleep) {}
  SleepAwaiter(const SleepAwaiter&) = delete;
  SleepAwaiter& operator=(const SleepAwaiter&) = delete;

  [[nodiscard]] bool await_ready() noexcept {
    Context context(running_task());
    return sleep_.poll(context).is_ready();
  }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    return park_and_switch(coroutine_of(awaiting), Leaf(sleep_));
  }
  Unit await_resume() const noexcept { return {}; }

 private:
  Sleep& sleep_;
};

/// A class without members of its own that derives from it takes no byte of the frame, where gcc
/// keeps each awaiter. (An empty one takes a byte. Arrays of no size are an extension of gcc's;
/// clang keeps no awaiter that it can do without, and its sanitizers want a byte in each object.)
struct OfNoSize {
#if !defined(__clang__)
  __extension__ char nothing[1][0];
#endif
};

/// Awaits yield_now(): ready at the next wake, so that there is nothing to poll.
struct YieldAwaiter : OfNoSize {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  [[gnu::always_inline]] std::coroutine_handle<> await_suspend(
      std::coroutine_handle<Promise> awaiting) const noexcept {
    return yield_and_switch(coroutine_of(awaiting));
  }
  void await_resume() const noexcept {}
};

/// Awaiting what is not a future gives it back: so that the dialect needs no colour.
template <class V>
struct ValueAwaiter {
  V&& value;
  [[nodiscard]] bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  V&& await_resume() const noexcept { return static_cast<V&&>(value); }
};

/// The start of a coroutine, which is lazy.
struct StartAwaiter : OfNoSize {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

/// The end of a coroutine, which is not suspended there: its frame is destroyed, and it returns to
/// who has called or resumed it. (gcc has it behind all else in the frame, where a byte is rounded
/// up to a word of each frame.)
struct FinalAwaiter : OfNoSize {
  [[nodiscard]] bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};
#if !defined(__clang__)
static_assert(sizeof(FinalAwaiter) == 0);
#endif

template <class T>
struct PromiseFor : PromiseBase {
  Async<T> get_return_object() noexcept;
  [[nodiscard]] StartAwaiter initial_suspend() const noexcept { return {}; }
  [[nodiscard]] FinalAwaiter final_suspend() noexcept {
    if (this->hands_over()) [[unlikely]]
      hand_over(*this);
    return {};
  }
  void unhandled_exception() noexcept { outcome().set_error(std::current_exception()); }

  template <class U>
  AsyncAwaiter<U> await_transform(Async<U>&& child) noexcept {
    return AsyncAwaiter<U>(*this, child);
  }
  template <class U>
  AsyncAwaiter<U> await_transform(Async<U>& child) noexcept {
    return AsyncAwaiter<U>(*this, child);
  }
  YieldAwaiter await_transform(YieldNow&&) noexcept { return {}; }
  // By reference: a temporary lives to the end of the full expression, which is past the
  // suspension, and an immovable future stays where it is.
  template <class V>
  auto await_transform(V&& value) noexcept {
    if constexpr (std::is_same_v<std::remove_reference_t<V>, Sleep>) {
      return SleepAwaiter(value);
    } else if constexpr (kIsJoinHandle<std::remove_reference_t<V>>) {
      return JoinAwaiter(value);
    } else if constexpr (Future<V>) {
      return FutureAwaiter<std::remove_reference_t<V>>(value);
    } else {
      return ValueAwaiter<V>{std::forward<V>(value)};
    }
  }

 protected:
  [[nodiscard]] Outcome<T>& outcome() const noexcept { return this->template begin_outcome<T>(); }
};

template <class T>
struct Promise : PromiseFor<T> {
  template <class U = T>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& value) {
    this->outcome().set_value(std::forward<U>(value));
  }
};

template <>
struct Promise<void> : PromiseFor<void> {
  void return_void() noexcept { outcome().set_value(); }
};

/// An Async that is polled as a future: the root of a chain of its own, driven by its owner's
/// polls.
template <class T>
struct NestedRoot : Outcome<T>, InFramePool {
  explicit NestedRoot(PromiseBase& first) noexcept {
    first.set_polled(static_cast<Outcome<T>&>(*this));
    chain.park(first.handle());
  }
  Chain chain;
};

/// While a poll runs the coroutines of `chain`.
class NestedRun {
 public:
  explicit NestedRun(Chain& chain) noexcept
      : before_(std::exchange(coroutine_thread.nested, &chain)) {}
  ~NestedRun() {
    coroutine_thread.nested = before_;
    coroutine_thread.is_left = false;  // who polls may go on
  }
  NestedRun(const NestedRun&) = delete;
  NestedRun& operator=(const NestedRun&) = delete;

 private:
  Chain* before_;
};

}  // namespace coro

/// A lazy async function call; owns its coroutine. Move-only, until it is first polled. Destroying
/// it cancels what it runs: destructors of all frames run, innermost first. Not thread-safe.
template <class T>
class [[nodiscard]] Async {
 public:
  using Output = T;
  using promise_type = coro::Promise<T>;

  explicit Async(coro::PromiseBase& promise) noexcept : state_(promise.handle().address()) {}
  Async(Async&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  Async& operator=(Async&& other) noexcept {
    if (this != &other) {
      if (state_ != nullptr) destroy();
      state_ = std::exchange(other.state_, nullptr);
    }
    return *this;
  }
  ~Async() {
    if (state_ != nullptr) [[unlikely]]
      destroy();
  }

  /// Runs the coroutine as far as it gets inside the asking task. Allocates a chain root at first.
  Poll<T> poll(Context& context);

  /// For the runtime: the coroutine, which has not started.
  [[nodiscard]] coro::Coroutine coroutine() const noexcept {
    return coro::Coroutine::from_address(state_);
  }
  /// Gives it up.
  [[nodiscard]] coro::Coroutine release() noexcept {
    const auto released = coroutine();
    state_ = nullptr;
    return released;
  }

 private:
  using Root = coro::NestedRoot<T>;
  static constexpr std::uintptr_t kIsRoot = 1;

  // Null before the first poll.
  [[nodiscard]] Root* root() const noexcept {
    const auto bits = reinterpret_cast<std::uintptr_t>(state_);
    return (bits & kIsRoot) != 0 ? reinterpret_cast<Root*>(bits - kIsRoot) : nullptr;
  }
  Root& make_root();
  void destroy() noexcept;

  // The coroutine; once it is polled, its Root and kIsRoot.
  void* state_;
};

template <class T>
void Async<T>::destroy() noexcept {
  if (Root* const polled = root(); polled != nullptr) {
    polled->chain.destroy_frames();
    delete polled;
  } else {
    coroutine().destroy();
  }
}

template <class T>
coro::NestedRoot<T>& Async<T>::make_root() {
  auto* const made = new Root(coroutine().promise());
  state_ = reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(made) | kIsRoot);
  return *made;
}

template <class T>
Poll<T> Async<T>::poll(Context& context) {
  Root* const polled = root();
  Root& root = polled != nullptr ? *polled : make_root();
  {
    const coro::NestedRun run(root.chain);
    coro::run_in_poll(root.chain.ready_coroutine(context.task()));
  }
  if (!root.is_set()) return Pending;
  if constexpr (std::is_void_v<T>) {
    root.take();
    return Ready();
  } else {
    return Poll<T>(std::in_place, root.take());
  }
}

namespace coro {

template <class T>
Async<T> PromiseFor<T>::get_return_object() noexcept {
  return Async<T>(static_cast<PromiseBase&>(*this));
}

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
