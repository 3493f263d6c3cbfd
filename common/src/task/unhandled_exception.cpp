#include "twofold/task/unhandled_exception.hpp"

#include <cstdio>
#include <utility>

#include "twofold/detail/atomic.hpp"

namespace twofold {
namespace {

void write_line(std::exception_ptr error) noexcept {
  const char* format = "twofold: a task that nobody awaited ended with an exception: %s\n";
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& known) {
    std::fprintf(stderr, format, known.what());
  } catch (...) {
    std::fprintf(stderr, format, "not a std::exception");
  }
}

// Acquire-release: who reports sees what was prepared for the handler.
constinit detail::Atomic<UnhandledExceptionHandler> current{&write_line};

}  // namespace

UnhandledExceptionHandler set_unhandled_exception_handler(
    UnhandledExceptionHandler handler) noexcept {
  const auto before =
      current.exchange(handler != nullptr ? handler : &write_line, std::memory_order_acq_rel);
  return before != &write_line ? before : nullptr;
}

void detail::report_unhandled(std::exception_ptr error) noexcept {
  current.load(std::memory_order_acquire)(std::move(error));
}

}  // namespace twofold
