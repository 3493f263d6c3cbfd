// Page mappings: mmap, guards, and the register of guarded ranges that the fault handler asks.
#include "stack/page_mapping.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <new>
#include <utility>

#include "twofold/stackful/stack.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {
namespace {

constexpr int kGuardInstall = 102;  // MADV_GUARD_INSTALL, not in the headers of glibc 2.36

std::atomic<std::uint64_t> bytes_mapped{0};
std::atomic<std::uint64_t> bytes_peak{0};
std::atomic<std::uint64_t> guards{0};
std::atomic<bool> kernel_has_guards{true};  // as far as we know, and may use them

// Records of guarded ranges stay listed for the process, since a handler may be reading; forgotten
// ones are used again. `lock` guards `forgotten`.
std::atomic<GuardedRange*> guarded_ranges{nullptr};
GuardedRange* forgotten = nullptr;
std::mutex lock;

[[nodiscard]] GuardedRange* new_record() noexcept;

void note_mapped(std::size_t bytes) noexcept {
  const std::uint64_t now = bytes_mapped.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  std::uint64_t peak = bytes_peak.load(std::memory_order_relaxed);
  while (now > peak && !bytes_peak.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

[[nodiscard]] std::byte* map_anywhere(std::size_t bytes) noexcept {
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<std::byte*>(memory);
}

[[nodiscard]] bool aligned(const std::byte* memory, std::size_t alignment) noexcept {
  return (reinterpret_cast<std::uintptr_t>(memory) & (alignment - 1)) == 0;
}

// As few calls as will do; the descriptor is opened each time, since one that outlives a fork would
// mean the parent.
[[nodiscard]] bool install_batched(std::byte* first, std::size_t stride, std::size_t count,
                                   std::size_t bytes) noexcept {
  constexpr std::size_t kBatch = 64;
  const auto process = static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0));
  if (process < 0) return false;
  bool all = true;
  for (std::size_t done = 0; all && done < count;) {
    iovec regions[kBatch];
    std::size_t n = 0;
    for (; n < kBatch && done < count; ++n, ++done) regions[n] = {first + done * stride, bytes};
    all = ::syscall(SYS_process_madvise, process, regions, n, kGuardInstall, 0) ==
          static_cast<long>(n * bytes);
  }
  ::close(process);
  return all;
}

[[nodiscard]] bool install_one(std::byte* region, std::size_t bytes,
                               MappingFailure& failure) noexcept {
  if (kernel_has_guards.load(std::memory_order_relaxed)) {
    if (::madvise(region, bytes, kGuardInstall) == 0) return true;
    if (errno != EINVAL) {
      failure = {"madvise(MADV_GUARD_INSTALL) below a stack", errno};
      return false;
    }
    kernel_has_guards.store(false, std::memory_order_relaxed);
  }
  if (::mprotect(region, bytes, PROT_NONE) == 0) return true;
  failure = {
      "mprotect of the guard below a stack, which costs a mapping each on kernels before 6.13 "
      "(raise vm.max_map_count, or build with TWOFOLD_STACK=segmented)",
      errno};
  return false;
}

}  // namespace

// `first` is written last and cleared first: null says that the rest means nothing.
struct GuardedRange {
  GuardedRange* next = nullptr;  // constant once listed
  GuardedRange* next_forgotten = nullptr;
  std::atomic<std::byte*> first{nullptr};
  std::atomic<std::size_t> stride{0}, count{0}, bytes{0};
};

namespace {

GuardedRange* new_record() noexcept {
  {
    const std::lock_guard guard(lock);
    if (forgotten != nullptr) return std::exchange(forgotten, forgotten->next_forgotten);
  }
  auto* const range = new (std::nothrow) GuardedRange;
  if (range == nullptr) return nullptr;
  range->next = guarded_ranges.load(std::memory_order_relaxed);
  // Release: pairs with the acquire in in_guard(), which reads `next`.
  while (!guarded_ranges.compare_exchange_weak(range->next, range, std::memory_order_release,
                                               std::memory_order_relaxed)) {
  }
  return range;
}

}  // namespace

std::byte* map_pages(std::size_t bytes, std::size_t alignment, MappingFailure& failure) noexcept {
  std::byte* memory = map_anywhere(bytes);
  // The kernel puts mappings side by side, so that after an aligned one the next is mostly aligned
  // too.
  if (memory != nullptr && !aligned(memory, alignment)) {
    ::munmap(memory, bytes);
    std::byte* const wide = map_anywhere(bytes + alignment);
    memory = nullptr;
    if (wide != nullptr) {
      const auto address = reinterpret_cast<std::uintptr_t>(wide);
      const std::size_t before = (alignment - (address & (alignment - 1))) & (alignment - 1);
      memory = wide + before;
      if (before > 0) ::munmap(wide, before);
      ::munmap(memory + bytes, alignment - before);
    }
  }
  if (memory == nullptr) {
    failure = {"mmap of memory for stacks (see RLIMIT_AS, vm.max_map_count, vm.overcommit_memory)",
               errno};
    return nullptr;
  }
  note_mapped(bytes);
  return memory;
}

void unmap_pages(std::byte* pages, std::size_t bytes) noexcept {
  ::munmap(pages, bytes);
  bytes_mapped.fetch_sub(bytes, std::memory_order_relaxed);
}

GuardedRange* install_guards(std::byte* first, std::size_t stride, std::size_t count,
                             std::size_t bytes, MappingFailure& failure) noexcept {
  GuardedRange* const range = new_record();
  if (range == nullptr) {
    failure = {"malloc of the record of guarded stacks", ENOMEM};
    return nullptr;
  }
  const bool batched = kernel_has_guards.load(std::memory_order_relaxed) &&
                       install_batched(first, stride, count, bytes);
  for (std::size_t i = 0; !batched && i < count; ++i) {
    if (!install_one(first + i * stride, bytes, failure)) {
      forget_guards(*range);
      return nullptr;
    }
  }
  guards.fetch_add(count, std::memory_order_relaxed);
  range->stride.store(stride, std::memory_order_relaxed);
  range->count.store(count, std::memory_order_relaxed);
  range->bytes.store(bytes, std::memory_order_relaxed);
  // Release: pairs with the acquire of `first` in in_guard(), which then reads the rest.
  range->first.store(first, std::memory_order_release);
  return range;
}

void forget_guards(GuardedRange& range) noexcept {
  guards.fetch_sub(range.count.load(std::memory_order_relaxed), std::memory_order_relaxed);
  range.first.store(nullptr, std::memory_order_relaxed);
  range.count.store(0, std::memory_order_relaxed);
  const std::lock_guard guard(lock);
  range.next_forgotten = std::exchange(forgotten, &range);
}

bool in_guard(const void* address) noexcept {
  const auto* const at = static_cast<const std::byte*>(address);
  // Acquire, both: pair with the releases in new_record() and install_guards().
  for (const GuardedRange* range = guarded_ranges.load(std::memory_order_acquire); range != nullptr;
       range = range->next) {
    const std::byte* const first = range->first.load(std::memory_order_acquire);
    const std::size_t stride = range->stride.load(std::memory_order_relaxed);
    if (first == nullptr || at < first) continue;
    const auto offset = static_cast<std::size_t>(at - first);
    if (offset >= stride * range->count.load(std::memory_order_relaxed)) continue;
    if (offset % stride < range->bytes.load(std::memory_order_relaxed)) return true;
  }
  return false;
}

MappingCounts mapping_counts() noexcept {
  return {bytes_mapped.load(std::memory_order_relaxed), bytes_peak.load(std::memory_order_relaxed),
          guards.load(std::memory_order_relaxed)};
}

}  // namespace stack_memory

void set_guard_method(GuardMethod method) noexcept {
  // Where the kernel lacks them after all, the first try finds out again.
  stack_memory::kernel_has_guards.store(method == GuardMethod::automatic,
                                        std::memory_order_relaxed);
}

}  // namespace stackful
}  // namespace twofold
