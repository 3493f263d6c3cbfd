// What every object compiled for this runtime refers to, and what two runtimes in one binary define
// twice.
#include "twofold/dialect.hpp"

extern "C" const char twofold_one_runtime_in_each_binary;
const char twofold_one_runtime_in_each_binary = 0;

namespace twofold {
inline namespace stackless {

const char objects_are_compiled_for_the_stackless_runtime = 0;

}  // namespace stackless
}  // namespace twofold
