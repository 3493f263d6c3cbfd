// CommandLine: the options of the services, "--name value" or "--name=value".
//
// A service asks for the options that it has; what nobody asked for is refused by name.
#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace service {

/// A wrong command line; the text says what is wrong.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class CommandLine {
 public:
  CommandLine(int argc, char** argv) {
    const auto arguments = std::span(argv, static_cast<std::size_t>(argc)).subspan(1);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      std::string_view name = arguments[i];
      if (!name.starts_with("--")) {
        throw UsageError("options begin with --, '" + std::string(name) + "' does not");
      }
      if (const auto equals = name.find('='); equals != std::string_view::npos) {
        options_.push_back({name.substr(0, equals), name.substr(equals + 1)});
      } else if (i + 1 < arguments.size()) {
        options_.push_back({name, arguments[++i]});
      } else {
        throw UsageError("'" + std::string(name) + "' is unknown or lacks its value");
      }
    }
  }

  /// The option's text, and the option is known from now on.
  std::string text(std::string_view name, std::string_view otherwise) {
    std::string value(otherwise);
    for (Option& option : options_) {
      if (option.name == name) {
        value = option.value;
        option.is_known = true;
      }
    }
    return value;
  }

  std::uint64_t number(std::string_view name, std::uint64_t otherwise) {
    const std::string value = text(name, std::to_string(otherwise));
    std::uint64_t result = 0;
    const char* const end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, result);
    if (error != std::errc{} || stop != end) {
      throw UsageError("the value of " + std::string(name) + " is a number, not '" + value + "'");
    }
    return result;
  }

  std::chrono::milliseconds milliseconds(std::string_view name,
                                         std::chrono::milliseconds otherwise) {
    return std::chrono::milliseconds(number(name, static_cast<std::uint64_t>(otherwise.count())));
  }

  /// Call after all options were asked for.
  void refuse_the_rest() const {
    for (const Option& option : options_) {
      if (!option.is_known) {
        throw UsageError("there is no option '" + std::string(option.name) + "'");
      }
    }
  }

 private:
  struct Option {
    std::string_view name;
    std::string_view value;
    bool is_known = false;
  };
  std::vector<Option> options_;
};

}  // namespace service
