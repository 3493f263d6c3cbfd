// A fiber with nothing around it: a stack, an entry, and one of the two switches of switch.S.
//
// Used by the machine's probes, to measure what is under every stackful runtime. A fiber's entry
// must never return, and its stack must outlive it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace twofold::compare {

extern "C" void probe_switch_ret(void** save, void* load);
extern "C" void probe_switch_jmp(void** save, void* load);

class BareFiber {
 public:
  /// `top` is the end of the stack's memory; the entry starts at the first switch to it.
  BareFiber(std::byte* top, void (*entry)()) {
    auto* const end = reinterpret_cast<std::uintptr_t*>(reinterpret_cast<std::uintptr_t>(top) &
                                                        ~std::uintptr_t{15});
    constexpr int kSavedRegisters = 6;
    end[-1] = 0;  // where the entry would return to
    end[-2] = reinterpret_cast<std::uintptr_t>(entry);
    for (int i = 0; i < kSavedRegisters; ++i) {
      end[-3 - i] = 0;
    }
    stack_pointer = end - 2 - kSavedRegisters;
  }

  void* stack_pointer;
};

}  // namespace twofold::compare
