// Function names: what compilers make of functions and coroutines, back to how they were written.
#include "twofold/debug/function_name.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <exception>
#include <string>

#include "twofold/debug/call_stack.hpp"
#include "twofold/debug/symbols.hpp"

namespace twofold::detail {
namespace {

TEST(FunctionName, Is_demangled) {
  EXPECT_EQ(readable_name("_ZN2ns1fEi"), "ns::f(int)");
  EXPECT_EQ(readable_name("main"), "main");
  EXPECT_EQ(readable_name("_Zno_such_thing"), "_Zno_such_thing");
  EXPECT_EQ(readable_name(""), "");
}

TEST(FunctionName, Of_a_coroutine_is_that_of_its_function) {
  // gcc 12
  EXPECT_EQ(readable_name("_Z2stPZL2stvE13_ZL2stv.Frame.actor"), "st()");
  EXPECT_EQ(
      readable_name("_ZN12_GLOBAL__N_13hidEPZNS_3hidEiE29_ZN12_GLOBAL__N_13hidEi.Frame.actor.cold"),
      "(anonymous namespace)::hid(int)");
  EXPECT_EQ(readable_name("_ZN1S1tEPZNS_1tIcEE1AT_E21_ZN1S1tIcEE1AT_.Frame.actor"),
            "A S::t<char>(char)");
  EXPECT_EQ(
      readable_name("_ZZ4mainENUliE_clEPZZ4mainENKS_clEiE26_ZZ4mainENKUliE_clEi.Frame.destroy"),
      "main::{lambda(int)#1}::operator()(int) const");
  // clang 19
  EXPECT_EQ(readable_name("_Z3hidi.resume"), "hid(int)");
}

TEST(FunctionName, Of_a_part_or_a_copy_is_that_of_the_whole) {
  EXPECT_EQ(readable_name("_Z3fooi.isra.0"), "foo(int)");
  EXPECT_EQ(readable_name("_Z3fooi.part.0.cold"), "foo(int)");
}

[[gnu::noinline]] int hidden_and_static() {
  static volatile int value = 3;
  return value;
}

TEST(Symbols, Name_functions_that_are_not_exported) {
  Symbols symbols;
  const auto address = reinterpret_cast<const void*>(&hidden_and_static);
  EXPECT_EQ(readable_name(symbols.name_at(address)),
            "twofold::detail::(anonymous namespace)::hidden_and_static()");
  EXPECT_EQ(hidden_and_static(), 3);
}

TEST(Symbols, Name_functions_of_shared_libraries) {
  Symbols symbols;
  // Not &std::terminate, which may be the program's own entry for it.
  const void* const address = ::dlsym(RTLD_DEFAULT, "_ZSt9terminatev");
  ASSERT_NE(address, nullptr);
  EXPECT_EQ(symbols.name_at(address), "_ZSt9terminatev");
}

TEST(Symbols, Give_the_file_where_there_is_no_name) {
  Symbols symbols;
  static const int no_function = 0;
  EXPECT_EQ(symbols.name_at(&no_function), "");
  EXPECT_NE(symbols.place_of(&no_function).find("exe+0x"), std::string::npos);
  EXPECT_EQ(symbols.place_of(nullptr), "??");
}

TEST(Machinery, Is_the_runtimes_own_and_nothing_of_the_programs) {
  EXPECT_TRUE(is_machinery("_ZN7twofold8stackful5fiber4parkERNS1_5FiberE"));
  EXPECT_TRUE(
      is_machinery("_ZSt8__invokeIRFvvEJEENSt15__invoke_resultIT_JDpT0_EE4typeEOS3_DpOS4_"));
  EXPECT_TRUE(is_machinery("__morestack"));
  EXPECT_FALSE(is_machinery("_ZN7twofold12_GLOBAL__N_15helloEv"));
  EXPECT_FALSE(is_machinery("_ZN3app4mainEv"));
  EXPECT_FALSE(is_machinery(""));
}

}  // namespace
}  // namespace twofold::detail
