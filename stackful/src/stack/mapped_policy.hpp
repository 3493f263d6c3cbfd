// MappedPolicy: what tells the paged from the fixed policy. Both are mapped_stack.cpp.
#pragma once

#include <cstddef>

namespace twofold {
inline namespace stackful {
namespace fiber {

struct MappedPolicy {
  const char* name;
  std::size_t default_bytes;  // of a stack, its guard page included
  bool trim;  // pages that a finished fiber touched beyond the first may be taken by the system
};

extern const MappedPolicy mapped_policy;

}  // namespace fiber
}  // namespace stackful
}  // namespace twofold
