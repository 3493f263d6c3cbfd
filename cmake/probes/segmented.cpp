// Configure-time probe: is a split-stack function that calls foreign code sent to __morestack_non_split? Compiled with
// -fsplit-stack, run on a stack limit that leaves no room. segmented.S has what it calls.
#include <cstdio>

extern "C" int twofold_probe_hops;

[[gnu::noinline]] int calls_foreign_code(const char* text) { return std::puts(text); }

int main() {
  void* no_room = reinterpret_cast<void*>(~0ul);
  asm volatile("movq %0, %%fs:0x70" ::"r"(no_room));
  calls_foreign_code("probe");
  void* no_limit = nullptr;
  asm volatile("movq %0, %%fs:0x70" ::"r"(no_limit));
  return twofold_probe_hops > 0 ? 0 : 1;
}
