// TWOFOLD_STACK=paged: a reserved range of addresses for each fiber, resident as far down as it
// went. See mapped_stack.cpp.
#include "stack/mapped_policy.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

constinit MappedPolicy mapped_policy{.name = "paged", .stack_bytes = std::size_t{256} << 10};

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
