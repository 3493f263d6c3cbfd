#include "twofold/io/buffer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace twofold {
namespace {

std::size_t room(MutableBytes bytes) { return bytes.span().size(); }

std::string text(ConstBytes bytes) {
  return {reinterpret_cast<const char*>(bytes.span().data()), bytes.span().size()};
}

TEST(Buffer, whatever_holds_bytes_in_a_row_can_be_read_into) {
  std::array<std::byte, 3> bytes{};
  std::array<char, 4> characters{};
  std::vector<unsigned char> container(5);
  std::string string(6, ' ');
  char array[7] = {};
  EXPECT_EQ(room(bytes), 3U);
  EXPECT_EQ(room(characters), 4U);
  EXPECT_EQ(room(container), 5U);
  EXPECT_EQ(room(string), 6U);
  EXPECT_EQ(room(array), 7U);
  EXPECT_EQ(room(std::span(bytes).first(2)), 2U);
  EXPECT_EQ(room(std::span(characters)), 4U);
}

TEST(Buffer, whatever_holds_bytes_in_a_row_can_be_written) {
  const std::array<std::byte, 2> bytes{std::byte{'h'}, std::byte{'i'}};
  EXPECT_EQ(text(bytes), "hi");
  EXPECT_EQ(text(std::span(bytes).first(1)), "h");
  EXPECT_EQ(text(std::string("string")), "string");
  EXPECT_EQ(text(std::string_view("view")), "view");
  EXPECT_EQ(text(std::vector<char>{'v'}), "v");
}

TEST(Buffer, a_literal_is_written_without_the_zero_at_its_end) {
  EXPECT_EQ(text("literal"), "literal");
  EXPECT_EQ(text(""), "");
  char array[3] = {'a', 'b', '\0'};
  EXPECT_EQ(text(array).size(), 3U) << "an array of the caller's is data";
}

TEST(Buffer, what_is_constant_or_no_byte_is_refused) {
  static_assert(!std::is_constructible_v<MutableBytes, const std::array<char, 4>&>);
  static_assert(!std::is_constructible_v<MutableBytes, std::string_view>);
  static_assert(!std::is_constructible_v<MutableBytes, std::array<int, 4>&>);
  static_assert(!std::is_constructible_v<MutableBytes, std::string>, "it would be gone at once");
  static_assert(!std::is_constructible_v<ConstBytes, const std::array<int, 4>&>);
  static_assert(!std::is_constructible_v<ConstBytes, const int&>);
}

}  // namespace
}  // namespace twofold
