// The dialect in the stackful runtime: an async function is a plain function that runs on a fiber.
//
// Each runtime supplies this header; the linked target decides which one is found. One source
// written with the three macros compiles for both. docs/design/dialect.md has the rules.
#pragma once

#include "twofold/stackful/runtime.hpp"
#include "twofold/stackful/task_group.hpp"

/// The return type of an async function that gives a T: `TF_ASYNC(int) f() { TF_RETURN 1; }`.
#define TF_ASYNC(...) __VA_ARGS__
/// Waits for a future or an async call and gives its output: `int n = TF_AWAIT(f());`.
#define TF_AWAIT(...) \
  (::twofold::fiber::await_expression([&]() -> decltype(auto) { return (__VA_ARGS__); }))
/// Ends an async function: `TF_RETURN value;`, or `TF_RETURN;` where there is none.
#define TF_RETURN return

namespace twofold {
inline namespace stackful {

/// What the linked target made of the option TWOFOLD_RUNTIME.
inline constexpr const char* kRuntimeName = "stackful";

/// Defined by this runtime's library alone: objects compiled for different runtimes do not link.
extern const char objects_are_compiled_for_the_stackful_runtime;

}  // namespace stackful

namespace {
[[gnu::used]] const char* const link_anchor = &objects_are_compiled_for_the_stackful_runtime;
}  // namespace
}  // namespace twofold
