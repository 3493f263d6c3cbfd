// MutableBytes, ConstBytes: what an operation reads into and writes from.
//
// Parameter types of every read and write, so that a call may name its array, vector, string or
// span of bytes or characters as it is. They are spans: the memory stays the caller's and must
// outlive the operation.
#pragma once

#include <cstddef>
#include <ranges>
#include <span>
#include <type_traits>

namespace twofold {
namespace detail {

template <class T>
inline constexpr bool kIsByteLike =
    std::is_same_v<T, std::byte> || std::is_same_v<T, char> || std::is_same_v<T, unsigned char> ||
    std::is_same_v<T, signed char> || std::is_same_v<T, char8_t>;

/// An array, container or span whose elements are bytes or characters in a row.
template <class R>
concept ByteRange = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
                    kIsByteLike<std::remove_cv_t<std::ranges::range_value_t<R>>>;

template <class R>
concept MutableByteRange =
    ByteRange<R> && !std::is_const_v<std::remove_reference_t<std::ranges::range_reference_t<R>>>;

}  // namespace detail

/// Bytes to be read into.
class MutableBytes {
 public:
  template <detail::MutableByteRange R>
    requires std::ranges::borrowed_range<R>
  MutableBytes(R&& range)  // NOLINT(google-explicit-constructor)
      : bytes_(
            std::as_writable_bytes(std::span(std::ranges::data(range), std::ranges::size(range)))) {
  }

  [[nodiscard]] std::span<std::byte> span() const noexcept { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

/// Bytes to be written.
class ConstBytes {
 public:
  template <detail::ByteRange R>
  ConstBytes(const R& range)  // NOLINT(google-explicit-constructor)
      : bytes_(std::as_bytes(std::span(std::ranges::data(range), std::ranges::size(range)))) {}
  /// A character array of the caller's, whole.
  template <std::size_t N>
  ConstBytes(char (&array)[N])  // NOLINT(google-explicit-constructor)
      : bytes_(std::as_bytes(std::span(array))) {}
  /// A string literal, without the zero at its end.
  template <std::size_t N>
  ConstBytes(const char (&text)[N])  // NOLINT(google-explicit-constructor)
      : bytes_(std::as_bytes(std::span(text, text[N - 1] == '\0' ? N - 1 : N))) {}

  [[nodiscard]] std::span<const std::byte> span() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace twofold
