// TaskLocal<T>: a variable of which each task has its own.
//
//     twofold::TaskLocal<std::string> request;      // at namespace scope
//     request.set("GET /");                         // in a task
//     log(request.get());                           // however deep in its calls, on any worker
//
// What thread_local is for threads; a thread_local must not be relied on across an await, since a
// task may go on elsewhere.
#pragma once

#include <memory>
#include <utility>

#include "twofold/task/this_task.hpp"

namespace twofold {

/// Must outlive the tasks that use it. Each task starts without a value (a spawned task does not
/// inherit its parent's); values are destroyed when the task ends. Only the task itself reaches its
/// values, so no locks. An access costs a walk over the task's locals, which are few; the first of
/// a task allocates. All functions throw std::logic_error outside of a task.
template <class T>
class TaskLocal {
 public:
  TaskLocal() = default;
  TaskLocal(const TaskLocal&) = delete;
  TaskLocal& operator=(const TaskLocal&) = delete;

  /// The running task's value, or null where it has none.
  [[nodiscard]] T* find() const {
    Node* const node = find_node(detail::require_task("TaskLocal").extras());
    return node != nullptr ? &node->value : nullptr;
  }

  /// The running task's value, made by T's default constructor where it has none. Valid until the
  /// task ends or the value is set anew.
  [[nodiscard]] T& get() const {
    detail::TaskExtras& extras = detail::require_task("TaskLocal").extras();
    if (Node* const node = find_node(extras)) return node->value;
    return add(extras, T());
  }

  void set(T value) const {
    detail::TaskExtras& extras = detail::require_task("TaskLocal").extras();
    if (Node* const node = find_node(extras)) {
      node->value = std::move(value);
    } else {
      add(extras, std::move(value));
    }
  }

 private:
  struct Node final : detail::TaskLocalNode {
    explicit Node(T initial) : value(std::move(initial)) {}
    T value;
  };

  Node* find_node(const detail::TaskExtras& extras) const noexcept {
    for (detail::TaskLocalNode* node = extras.locals.get(); node != nullptr;
         node = node->next.get()) {
      if (node->key == this) return static_cast<Node*>(node);
    }
    return nullptr;
  }

  T& add(detail::TaskExtras& extras, T value) const {
    auto node = std::make_unique<Node>(std::move(value));
    node->key = this;
    node->next = std::move(extras.locals);
    T& added = node->value;
    extras.locals = std::move(node);
    return added;
  }
};

}  // namespace twofold
