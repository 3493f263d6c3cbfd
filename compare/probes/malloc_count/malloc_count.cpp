// A library to be preloaded (LD_PRELOAD): counts a program's calls of malloc, calloc and realloc,
// in all threads, and appends the count to the file that TWOFOLD_MALLOC_COUNT names when it ends.
//
// Used by compare/allocations, which takes the difference of two runs, so that what a program
// allocates at its start and its end does not count.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

std::atomic<std::uint64_t> calls{0};

void count() noexcept { calls.fetch_add(1, std::memory_order_relaxed); }

[[gnu::destructor]] void write_count() {
  const char* const path = std::getenv("TWOFOLD_MALLOC_COUNT");
  if (path == nullptr) return;
  const int file = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  char text[32];
  const int length =
      std::snprintf(text, sizeof text, "%llu\n", static_cast<unsigned long long>(calls.load()));
  if (::write(file, text, static_cast<std::size_t>(length)) != length) {
    std::fputs("malloc_count: cannot write the count\n", stderr);
  }
  ::close(file);
}

}  // namespace

extern "C" {

// glibc's own, under the names that it keeps for whoever takes the place of the others.
void* __libc_malloc(std::size_t bytes);                     // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t count, std::size_t bytes);  // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* memory, std::size_t bytes);      // NOLINT(bugprone-reserved-identifier)

[[gnu::visibility("default")]] void* malloc(std::size_t bytes) noexcept {
  count();
  return __libc_malloc(bytes);
}
[[gnu::visibility("default")]] void* calloc(std::size_t number, std::size_t bytes) noexcept {
  count();
  return __libc_calloc(number, bytes);
}
[[gnu::visibility("default")]] void* realloc(void* memory, std::size_t bytes) noexcept {
  count();
  return __libc_realloc(memory, bytes);
}

}  // extern "C"
