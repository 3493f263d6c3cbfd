// Calls through pointers on segmented stacks, from each register that a compiler may choose, also
// those that it hardly ever does.
#include <gtest/gtest.h>

#include "stackful/depths.hpp"
#include "stackful/foreign/foreign.hpp"

// int call_by_REG(int (*function)(int), int argument): by way of __x86_indirect_thunk_REG, which
// only segmented stacks have.
// clang-format off
#define TWOFOLD_CALL_BY(reg)                           \
  asm(".pushsection .text\n"                           \
      ".weak __x86_indirect_thunk_" #reg "\n"          \
      ".globl call_by_" #reg "\n"                      \
      "call_by_" #reg ":\n"                            \
      "  pushq %" #reg "\n"                            \
      "  movq %rdi, %" #reg "\n"                       \
      "  movl %esi, %edi\n"                            \
      "  call __x86_indirect_thunk_" #reg "\n"         \
      "  popq %" #reg "\n"                             \
      "  ret\n"                                        \
      ".popsection");                                  \
  extern "C" int call_by_##reg(int (*)(int), int)
// clang-format on

TWOFOLD_CALL_BY(rbx);
TWOFOLD_CALL_BY(rcx);
TWOFOLD_CALL_BY(rdx);
TWOFOLD_CALL_BY(rbp);
TWOFOLD_CALL_BY(r8);
TWOFOLD_CALL_BY(r9);
TWOFOLD_CALL_BY(r10);
TWOFOLD_CALL_BY(r11);
TWOFOLD_CALL_BY(r12);
TWOFOLD_CALL_BY(r13);
TWOFOLD_CALL_BY(r14);
TWOFOLD_CALL_BY(r15);

namespace twofold {
namespace {

[[gnu::noinline]] int own(int seed) {
  if (seed % 7 == 0) await(yield_now());
  return 2 * seed;
}

// The helpers above do not check the stack: called by name, they stay on the segment where they
// are.
template <int (*call)(int (*)(int), int)>
void both() {
  ASSERT_EQ(call(&foreign::large_frame, 3), 6);
  ASSERT_EQ(call(&own, 14), 28);
}

TEST(IndirectCall, ReachesOwnAndForeignFunctionsFromEveryRegister) {
  if (!stack_test::is_segmented()) GTEST_SKIP() << "calls of this policy are not looked at";
  stack_test::at_every_depth([] {
    both<&call_by_rbx>();
    both<&call_by_rcx>();
    both<&call_by_rdx>();
    both<&call_by_rbp>();
    both<&call_by_r8>();
    both<&call_by_r9>();
    both<&call_by_r10>();
    both<&call_by_r11>();
    both<&call_by_r12>();
    both<&call_by_r13>();
    both<&call_by_r14>();
    both<&call_by_r15>();
  });
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
// Its jumps to labels are none of calls.
[[gnu::noinline, gnu::indirect_branch("keep")]] int interpret(const unsigned char* program) {
  static const void* const kOperations[] = {&&increment, &&twice, &&widen, &&end};
  int value = 0;
  goto* kOperations[*program++];
increment:
  ++value;
  goto* kOperations[*program++];
twice:
  value *= 2;
  goto* kOperations[*program++];
widen:
  value = foreign::large_frame(value);
  goto* kOperations[*program++];
end:
  return value;
}
#pragma GCC diagnostic pop

TEST(IndirectCall, IsNoneWhereAComputedGotoIsKept) {
  if (!stack_test::is_segmented()) GTEST_SKIP() << "calls of this policy are not looked at";
  static const unsigned char program[] = {0, 1, 0, 1, 2, 0, 3};
  EXPECT_EQ(block_on(interpret, &program[0]), 13);
  stack_test::at_every_depth([] { ASSERT_EQ(interpret(program), 13); });
}
#endif

}  // namespace
}  // namespace twofold
