// What the tests of tasks let run.
#pragma once

#include <stdexcept>
#include <twofold/twofold.hpp>

namespace twofold::test {

inline TF_ASYNC(int) add(int a, int b) {
  TF_AWAIT(yield_now());
  TF_RETURN a + b;
}

inline TF_ASYNC(int) fail() {
  TF_AWAIT(yield_now());
  throw std::runtime_error("as planned");
}

inline TF_ASYNC(void) wait_for_ever() {
  TF_AWAIT(pending<Unit>());
  TF_RETURN;
}

/// Counts how many of its kind are alive.
class Counted {
 public:
  explicit Counted(int& alive) : alive_(&alive) { ++*alive_; }
  Counted(const Counted& other) : alive_(other.alive_) { ++*alive_; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*alive_; }

 private:
  int* alive_;
};

}  // namespace twofold::test
