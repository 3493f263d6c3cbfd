// TWOFOLD_STACK=fixed: stacks of one small size, kept warm as they are.
#include "stack/mapped_policy.hpp"

namespace twofold {
inline namespace stackful {
namespace fiber {

extern constexpr MappedPolicy mapped_policy{
    .name = "fixed", .default_bytes = std::size_t{64} << 10, .trim = false};

}  // namespace fiber
}  // namespace stackful
}  // namespace twofold
