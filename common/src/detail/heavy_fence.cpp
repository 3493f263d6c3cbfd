#include "twofold/detail/heavy_fence.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace twofold::detail {
namespace {

bool membarrier(int command) noexcept { return ::syscall(SYS_membarrier, command, 0, 0) == 0; }

bool is_registered() noexcept { return membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED); }

}  // namespace

bool has_heavy_fence() noexcept {
  static const bool has = is_registered() && membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  return has;
}

void heavy_fence() noexcept {
  if (!has_heavy_fence()) return full_fence();
  // It orders what this thread does, too. It cannot fail once the process is registered, unless it
  // is another process by now: a child of fork().
  if (!membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) {
    static_cast<void>(is_registered());
    static_cast<void>(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED));
  }
}

}  // namespace twofold::detail
