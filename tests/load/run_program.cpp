#include "run_program.hpp"

#include <sys/wait.h>

#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace twofold::compare {

Finished run_program(const std::vector<std::string>& arguments) {
  std::string command;
  for (const std::string& argument : arguments) {
    if (argument.find('\'') != std::string::npos) {
      throw std::invalid_argument("an argument holds a quote: " + argument);
    }
    command += "'" + argument + "' ";
  }
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    throw std::runtime_error("cannot run " + command);
  }
  std::string output;
  for (int byte = std::fgetc(pipe); byte != EOF; byte = std::fgetc(pipe)) {
    output.push_back(static_cast<char>(byte));
  }
  const int status = ::pclose(pipe);

  Finished finished;
  finished.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    auto parsed = nlohmann::json::parse(line, nullptr, false);
    finished.lines.push_back(parsed.is_discarded() ? nlohmann::json(line) : std::move(parsed));
  }
  return finished;
}

}  // namespace twofold::compare
