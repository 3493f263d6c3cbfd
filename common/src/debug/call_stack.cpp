#include "twofold/debug/call_stack.hpp"

#include <algorithm>
#include <span>

#include "twofold/debug/function_name.hpp"

namespace twofold::detail {
namespace {

// Beginnings of linkage names, without the part that says whether a member is const or a function
// is local to it.
constexpr std::string_view kRuntimeNames[] = {
    "7twofold6detail",          "7twofold9stackless4coro",      "7twofold8stackful5fiber",
    "7twofold8stackful5awaitI", "7twofold8stackful9AsyncCallI", "7twofold12BlockingCallI",
};
constexpr std::string_view kOtherNames[] = {
    // How a callable is called.
    "_ZSt6invokeI",
    "_ZSt8__invokeI",
    "_ZSt13__invoke_implI",
    "_ZSt10__invoke_rI",
    "_ZSt5applyI",
    "_ZSt12__apply_implI",
    // The ends of a fiber's stack, and what lies between two segments.
    "twofold_",
    "__morestack",
    "__wrap_",
    "_Unwind_",
};

// `lambda` is the operand of a TF_AWAIT in `enclosing`.
bool is_operand_of(std::string_view lambda, std::string_view enclosing) noexcept {
  if (!lambda.starts_with("_ZZ") || !enclosing.starts_with("_Z")) return false;
  lambda.remove_prefix(3);
  enclosing.remove_prefix(2);
  // A static function's name has an L in front, which that of a lambda in it may lack.
  return lambda.starts_with(enclosing) && lambda.substr(enclosing.size()).starts_with("ENKUl");
}

}  // namespace

bool is_machinery(std::string_view symbol) noexcept {
  for (const std::string_view name : kOtherNames) {
    if (symbol.starts_with(name)) return true;
  }
  for (const std::string_view prefix : {"_ZNK", "_ZN", "_ZZNK", "_ZZN"}) {
    if (!symbol.starts_with(prefix)) continue;
    const std::string_view rest = symbol.substr(prefix.size());
    for (const std::string_view name : kRuntimeNames) {
      if (rest.starts_with(name)) return true;
    }
  }
  return false;
}

std::vector<std::string> CallStack::functions(Symbols& symbols) const {
  struct Frame {
    const void* address;
    std::string_view symbol;
    bool is_under_await;  // the runtime stands between it and its caller
  };
  std::vector<Frame> frames;
  for (const void* const address : std::span(addresses_).first(std::min(size_, kMost))) {
    const std::string_view symbol = source_symbol(symbols.name_at(address));
    if (!is_machinery(symbol)) {
      frames.push_back({address, symbol, false});
    } else if (!frames.empty()) {
      frames.back().is_under_await = true;
    }
  }

  std::vector<std::string> names;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Frame& frame = frames[i];
    if (frame.is_under_await && i + 1 < frames.size() &&
        is_operand_of(frame.symbol, frames[i + 1].symbol)) {
      continue;
    }
    names.push_back(frame.symbol.empty() ? symbols.place_of(frame.address)
                                         : readable_name(frame.symbol));
  }
  if (size_ > kMost) names.push_back("(and " + std::to_string(size_ - kMost) + " frames more)");
  return names;
}

CallStack stack_of(TaskHeader& parked) {
  CallStack stack;
  parked.ops().trace(
      parked, [](void* to, const void* address) { static_cast<CallStack*>(to)->add(address); },
      &stack);
  return stack;
}

}  // namespace twofold::detail
