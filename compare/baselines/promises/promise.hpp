// Promise<T>: what JavaScript's promises are, in C++: eager, on the heap, with `then` and
// microtasks.
//
// The counter-example to lazy futures: the work of a promise has begun when it exists, each `then`
// makes another promise on the heap, a reaction never runs at once but as a microtask behind those
// that wait already, and nothing can be cancelled. One thread.
#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace twofold::compare {

/// What a promise of nothing gives.
struct Nothing {};

/// The queue of jobs of the thread (ECMAScript's job queue).
class Microtasks {
 public:
  static Microtasks& of_this_thread() {
    thread_local Microtasks queue;
    return queue;
  }
  void push(std::function<void()> job) { jobs_.push_back(std::move(job)); }
  /// Until there are none.
  void run() {
    while (!jobs_.empty()) {
      const std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      job();
    }
  }

 private:
  std::deque<std::function<void()>> jobs_;
};

template <class T>
class Promise {
 public:
  using Value = T;

  /// Pending, to be settled by resolve() or reject().
  Promise() : state_(std::make_shared<State>()) {}
  static Promise resolved(T value) {
    Promise promise;
    promise.resolve(std::move(value));
    return promise;
  }

  void resolve(T value) const {
    state_->value = std::move(value);
    schedule_reactions();
  }
  void reject(std::exception_ptr error) const {
    state_->error = std::move(error);
    schedule_reactions();
  }

  /// A promise of what `on_value(value)` gives, or of what the promise that it gives gives.
  template <class F>
  auto then(F on_value) const {
    using Result = std::invoke_result_t<F&, const T&>;
    if constexpr (std::is_void_v<Result>) {
      return then([on_value = std::move(on_value)](const T& value) mutable {
        on_value(value);
        return Nothing{};
      });
    } else if constexpr (requires { typename Result::Value; }) {
      Promise<typename Result::Value> next;
      react([next, on_value = std::move(on_value)](const State& state) mutable {
        next.settle(state, [&] { on_value(*state.value).forward_to(next); });
      });
      return next;
    } else {
      Promise<Result> next;
      react([next, on_value = std::move(on_value)](const State& state) mutable {
        next.settle(state, [&] { next.resolve(on_value(*state.value)); });
      });
      return next;
    }
  }

  /// `next` ends as this does.
  void forward_to(const Promise& next) const {
    react([next](const State& state) { next.settle(state, [&] { next.resolve(*state.value); }); });
  }

  [[nodiscard]] bool is_settled() const { return state_->value || state_->error; }
  /// The value, or throws what it was rejected with. Precondition: settled.
  [[nodiscard]] const T& value() const {
    if (state_->error) std::rethrow_exception(state_->error);
    return *state_->value;
  }

 private:
  template <class>
  friend class Promise;

  struct State {
    std::optional<T> value;
    std::exception_ptr error;
    std::vector<std::function<void(const State&)>> reactions;
  };

  // Runs `on_value` where the promise before was fulfilled; hands its error on where it was not.
  template <class Before, class OnValue>
  void settle(const Before& before, OnValue on_value) const {
    if (before.error) return reject(before.error);
    try {
      on_value();
    } catch (...) {
      reject(std::current_exception());
    }
  }

  void react(std::function<void(const State&)> reaction) const {
    state_->reactions.push_back(std::move(reaction));
    if (is_settled()) schedule_reactions();
  }

  void schedule_reactions() const {
    for (auto& reaction : std::exchange(state_->reactions, {})) {
      Microtasks::of_this_thread().push(
          [state = state_, reaction = std::move(reaction)] { reaction(*state); });
    }
  }

  std::shared_ptr<State> state_;
};

/// Calls `step()`, which gives a Promise<std::optional<T>>, until that is fulfilled with a value.
/// What a loop with `await` is: a recursion of `then` would keep each promise until the last one.
template <class Step>
auto repeat(Step step) {
  using Result = typename std::invoke_result_t<Step&>::Value::value_type;
  Promise<Result> end;
  const auto again = std::make_shared<std::function<void()>>();
  *again = [end, step = std::move(step), self = std::weak_ptr(again)]() mutable {
    step().then([end, keep = self.lock()](const std::optional<Result>& result) {
      if (result) {
        end.resolve(*result);
      } else {
        (*keep)();
      }
    });
  };
  (*again)();
  return end;
}

}  // namespace twofold::compare
