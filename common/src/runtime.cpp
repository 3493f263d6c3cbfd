#include "twofold/runtime.hpp"

#include <string>

namespace twofold::detail {

void throw_no_runtime(const char* operation) {
  throw std::logic_error(
      std::string("twofold: ") + operation +
      " outside of a runtime; call it from a task, that is, from within block_on");
}

void throw_nested_block_on() {
  throw std::logic_error(
      "twofold: block_on inside a task would stop the tasks of this thread; await the function "
      "instead");
}

}  // namespace twofold::detail
