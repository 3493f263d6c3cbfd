// What a program made of combinators needs beside map and and_then: a loop, and a choice.
//
// The loop is loop_fn of futures 0.1 for Rust, from the years before async/await: a chain of
// and_then has a length that is known when it is compiled, so that "until the end of the stream"
// cannot be said with it.
#pragma once

#include <optional>
#include <twofold/twofold.hpp>
#include <utility>
#include <variant>

namespace twofold::compare {

/// Ready with a value once the future that `step()` gives is ready with one; as long as that is
/// ready with nothing, another step.
template <class Step>
class [[nodiscard]] Loop {
  using Each = std::invoke_result_t<Step&>;
  using Control = OutputOf<Each>;

 public:
  using Output = typename Control::value_type;

  explicit Loop(Step step) : step_(std::move(step)) {}

  Poll<Output> poll(Context& context) {
    while (true) {
      if (!running_) running_.emplace(step_());
      Poll<Control> answer = running_->poll(context);
      if (answer.is_pending()) return Pending;
      Control control = std::move(answer).value();
      running_.reset();
      if (control) return Ready(Output(std::move(*control)));
    }
  }

 private:
  Step step_;
  std::optional<Each> running_;
};

/// One of two futures with the same output: what a function gives whose branches end differently,
/// for their types differ.
template <class Left, class Right>
class [[nodiscard]] Either {
 public:
  using Output = OutputOf<Left>;

  template <std::size_t I, class F>
  Either(std::in_place_index_t<I> which, F future) : future_(which, std::move(future)) {}

  Poll<Output> poll(Context& context) {
    return std::visit([&](auto& future) { return future.poll(context); }, future_);
  }

 private:
  std::variant<Left, Right> future_;
};

}  // namespace twofold::compare
