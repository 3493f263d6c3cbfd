#include "twofold/runtime.hpp"

#include <string>

namespace twofold::detail {

void throw_no_runtime(const char* operation) {
  throw std::logic_error(
      std::string("twofold: ") + operation +
      " outside of a runtime; call it from a task, that is, from within block_on");
}

}  // namespace twofold::detail
