// TaskGroup of the stackful runtime.
#pragma once

#include <exception>
#include <type_traits>
#include <utility>

#include "twofold/stackful/runtime.hpp"
#include "twofold/task/group_state.hpp"

namespace twofold {
inline namespace stackful {
namespace fiber {

/// What a task of a group runs: the call, with the group told how it ended.
template <class F, class... Args>
class MemberCall {
 public:
  template <class G, class... As>
  explicit MemberCall(twofold::detail::GroupMembership membership, G&& callable, As&&... args)
      : membership_(std::move(membership)),
        call_(std::in_place, std::forward<G>(callable), std::forward<As>(args)...) {}

  void operator()() {
    try {
      (void)await_expression(call_);
    } catch (const ForcedUnwind&) {
      throw;
    } catch (...) {
      membership_.failed(std::current_exception());
    }
  }

 private:
  twofold::detail::GroupMembership membership_;
  Call<F, Args...> call_;
};

}  // namespace fiber

/// Structured concurrency: tasks that end together.
///
///     TaskGroup group;
///     for (auto& url : urls) group.spawn(fetch, url);
///     TF_AWAIT(group.join());  // rethrows the first failure, which has aborted the others
///
/// Destroying it aborts what is left, and does not wait for it. Used by one task at a time; the
/// tasks themselves may be on any worker.
class TaskGroup : public TaskGroupBase {
 public:
  /// Starts f(args...) as a task of the group; what it returns is dropped. In a group that has
  /// failed or was aborted it is aborted at once. Throws as spawn does.
  template <class F, class... Args>
  void spawn(F&& f, Args&&... args) {
    state_->enter();
    twofold::detail::GroupMembership membership(state_);  // leaves the group where spawn throws
    state_->keep(stackful::spawn(fiber::MemberCall<std::decay_t<F>, std::decay_t<Args>...>(
        std::move(membership), std::forward<F>(f), std::forward<Args>(args)...)));
  }
};

}  // namespace stackful
}  // namespace twofold
