// TWOFOLD_STACK=fixed: stacks of one small size. See mapped_stack.cpp.
#include "stack/mapped_policy.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

constinit MappedPolicy mapped_policy{.name = "fixed", .stack_bytes = std::size_t{64} << 10};

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
