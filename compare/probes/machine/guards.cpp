// `guards_by_mprotect`, `guards_by_madvise`: how many guarded stacks a process can have, with a
// guard that is a mapping of its own, and with one that is not (MADV_GUARD_INSTALL, Linux 6.13).
#include <sys/mman.h>

#include <cerrno>
#include <string>

#include "machine/probes.hpp"
#include "protocol/machine.hpp"

namespace twofold::compare {
namespace {

constexpr std::size_t kPage_bytes = 4'096;
constexpr std::size_t kStack_bytes = 2 * kPage_bytes;  // the guard is the lower half
constexpr int kGuardInstall = 102;                     // MADV_GUARD_INSTALL

// One range of addresses, cut into stacks.
class Range {
 public:
  explicit Range(std::size_t stacks) : bytes_(stacks * kStack_bytes) {
    void* const memory = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw Capped(errno_message("reserving addresses", errno));
    start_ = static_cast<char*>(memory);
  }
  Range(const Range&) = delete;
  Range& operator=(const Range&) = delete;
  ~Range() { ::munmap(start_, bytes_); }
  [[nodiscard]] char* stack(std::size_t index) const { return start_ + index * kStack_bytes; }

 private:
  std::size_t bytes_;
  char* start_ = nullptr;
};

// Guards one stack after the other until one cannot be.
template <typename Guard>
void count_guards(const Params& params, Output& output, Guard guard) {
  const auto wanted = static_cast<std::size_t>(params.get("stacks"));
  const Range range(wanted);
  std::size_t guarded = 0;
  while (guarded < wanted && guard(range.stack(guarded)) == 0) {
    range.stack(guarded)[kPage_bytes] = 1;  // the stack itself works
    ++guarded;
  }
  if (guarded == 0) {
    throw Unsupported(errno_message("guarding a page", errno));
  }
  output.metric("guarded_stacks", "", static_cast<double>(guarded));
  output.check_ok(wanted, guarded);
}

void run_mprotect(const Params& params, Output& output) {
  count_guards(params, output, [](char* page) { return ::mprotect(page, kPage_bytes, PROT_NONE); });
}

void run_madvise(const Params& params, Output& output) {
  count_guards(params, output,
               [](char* page) { return ::madvise(page, kPage_bytes, kGuardInstall); });
}

Workload probe(const std::string& name, const std::string& summary,
               void (*run)(const Params&, Output&)) {
  const Point point = {{"stacks", 100'000}};
  return {{.name = name,
           .summary = summary,
           .metric = "guarded_stacks",
           .axis = "",
           .smoke = {point},
           .quick = {point},
           .full = {point},
           .exact = true},
          run};
}

}  // namespace

Workload guards_by_mprotect_probe() {
  return probe("guards_by_mprotect", "guard pages that are mappings of their own, up to the limit",
               run_mprotect);
}

Workload guards_by_madvise_probe() {
  return probe("guards_by_madvise", "guard regions within one mapping, up to 100,000", run_madvise);
}

}  // namespace twofold::compare
