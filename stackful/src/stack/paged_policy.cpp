// TWOFOLD_STACK=paged: a large range of addresses for each fiber; a page costs memory once it is
// touched.
#include "stack/mapped_policy.hpp"

namespace twofold {
inline namespace stackful {
namespace fiber {

extern constexpr MappedPolicy mapped_policy{
    .name = "paged", .default_bytes = std::size_t{256} << 10, .trim = true};

}  // namespace fiber
}  // namespace stackful
}  // namespace twofold
