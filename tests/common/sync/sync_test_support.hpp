// What the tests of sync/ have in common.
#pragma once

#include <gtest/gtest.h>

#include <twofold/twofold.hpp>
#include <vector>

namespace twofold::test {

/// Lets every task that is ready run until it waits.
inline TF_ASYNC(void) settle() {
  for (int turn = 0; turn < 8; ++turn) TF_AWAIT(twofold::yield_now());
  TF_RETURN;
}

/// Aborts the tasks and waits until they are gone.
template <class T>
TF_ASYNC(void)
abort_all(std::vector<twofold::JoinHandle<T>>& tasks) {
  for (auto& task : tasks) task.abort();
  for (auto& task : tasks) {
    while (!task.is_finished()) TF_AWAIT(twofold::yield_now());
  }
  TF_RETURN;
}

}  // namespace twofold::test
