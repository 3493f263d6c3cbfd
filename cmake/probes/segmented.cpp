// Configure-time probe: does the linker send a split-stack function that calls foreign code to
// __morestack_non_split? Compiled with -fsplit-stack, run on a stack limit that leaves no room.
#include <cstdio>

extern "C" {
int twofold_probe_hops = 0;
void __morestack_allocate_stack_space() {}
}

asm(R"(
        .text
        .globl __morestack
        .hidden __morestack
__morestack:
        popq %r10
        incq %r10
        jmpq *%r10
        .globl __morestack_non_split
        .hidden __morestack_non_split
__morestack_non_split:
        incl twofold_probe_hops(%rip)
        popq %r10
        incq %r10
        jmpq *%r10
)");

[[gnu::noinline]] int calls_foreign_code(const char* text) { return std::puts(text); }

int main() {
  void* no_room = reinterpret_cast<void*>(~0ul);
  asm volatile("movq %0, %%fs:0x70" ::"r"(no_room));
  calls_foreign_code("probe");
  void* no_limit = nullptr;
  asm volatile("movq %0, %%fs:0x70" ::"r"(no_limit));
  return twofold_probe_hops > 0 ? 0 : 1;
}
