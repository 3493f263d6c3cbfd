#include "twofold/debug/function_name.hpp"

#include <cxxabi.h>

#include <cstdlib>

namespace twofold::detail {
namespace {

// gcc calls the code of a coroutine f(X*), where X is a class local to f whose name has the linkage
// name of f in it: <f>P Z<f>E <length>_Z<f>.Frame .actor
std::string_view gcc_coroutine(std::string_view symbol) noexcept {
  constexpr std::string_view kFrame = ".Frame.";
  const std::size_t frame = symbol.find(kFrame);
  if (frame == std::string_view::npos) return {};
  const std::size_t end = frame + kFrame.size() - 1;  // of the class's name
  for (std::size_t at = symbol.rfind("_Z", frame); at != std::string_view::npos && at != 0;
       at = symbol.rfind("_Z", at - 1)) {
    // The length that stands before the name tells whether it begins here.
    std::size_t length = 0;
    std::size_t scale = 1;
    std::size_t digit = at;
    while (digit != 0 && symbol[digit - 1] >= '0' && symbol[digit - 1] <= '9' &&
           scale < 10'000'000) {
      --digit;
      length += static_cast<std::size_t>(symbol[digit] - '0') * scale;
      scale *= 10;
      if (length == end - at) return symbol.substr(at, frame - at);
    }
  }
  return {};
}

}  // namespace

std::string_view source_symbol(std::string_view symbol) noexcept {
  if (const std::string_view coroutine = gcc_coroutine(symbol); !coroutine.empty()) {
    return coroutine;
  }
  // clang appends .resume; no linkage name has a dot of its own.
  return symbol.substr(0, symbol.find('.'));
}

std::string readable_name(std::string_view symbol) {
  std::string source(source_symbol(symbol));
  int status = 0;
  char* const readable = abi::__cxa_demangle(source.c_str(), nullptr, nullptr, &status);
  if (readable == nullptr) return source;
  std::string name(readable);
  std::free(readable);
  return name;
}

}  // namespace twofold::detail
