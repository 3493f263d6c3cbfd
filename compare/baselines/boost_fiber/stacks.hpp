// How the `boost-fiber` baseline starts fibers: pooled stacks of one size, and no preemption of the
// parent.
#pragma once

#include <boost/fiber/all.hpp>
#include <cstddef>
#include <memory>
#include <utility>

#include "protocol/outcome.hpp"
#include "protocol/params.hpp"

namespace twofold::compare {

namespace fibers = boost::fibers;
using Stacks = boost::context::pooled_fixedsize_stack;

// Enough for any of these bodies, with the library's own frames, and the switch's.
inline constexpr std::size_t kStackBytes = std::size_t{16} << 10U;

// A pool that hands out stacks of `stack_bytes`. Throws Unsupported unless the sample asks for one
// worker.
inline Stacks make_stacks(const Params& params, std::size_t stack_bytes = kStackBytes) {
  if (params.workers() != 1) {
    throw Unsupported("the boost-fiber baseline runs on one worker");
  }
  return Stacks(stack_bytes);
}

// `post`: the fiber waits for its turn, as a spawned task does, and does not preempt its parent.
template <class Body>
fibers::fiber start(Stacks& stacks, Body body) {
  return fibers::fiber(fibers::launch::post, std::allocator_arg, stacks, std::move(body));
}

}  // namespace twofold::compare
