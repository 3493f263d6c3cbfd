#include "build/toolchain.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

struct Process {
  Ended ended;
  double cpu_s = 0;
};

Process run(const std::vector<std::string>& command, bool keep_errors) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "creating a pipe");
  }
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(keep_errors ? ends[1] : ::open("/dev/null", O_WRONLY), STDERR_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  Process process;
  std::array<char, 4096> buffer;
  for (ssize_t n = 0; (n = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
    process.ended.output.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = 0;
  rusage usage{};
  ::wait4(pid, &status, 0, &usage);
  process.ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  process.cpu_s = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                  static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
  return process;
}

}  // namespace

Toolchain::Toolchain(std::string compiler) : compiler_(std::move(compiler)) {
  std::string pattern = (std::filesystem::temp_directory_path() / "twofold-probe-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "creating " + pattern);
  }
  folder_ = pattern;
}

Toolchain::~Toolchain() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

bool Toolchain::is_clang() const { return compiler_.find("clang") != std::string::npos; }

Compiled Toolchain::compile(const std::string& source, const std::vector<std::string>& flags,
                            const std::string& output) {
  std::vector<std::string> command = {compiler_, "-std=c++20"};
  command.insert(command.end(), flags.begin(), flags.end());
  command.push_back((std::filesystem::path(TWOFOLD_PROBE_SOURCES) / source).string());
  if (!output.empty()) {
    command.insert(command.end(), {"-o", output});
  }
  const Process process = run(command, true);
  if (process.ended.status == 127) {
    throw Unsupported(compiler_ + " cannot be executed");
  }
  return {process.ended.status == 0, output, process.cpu_s, process.ended.output};
}

Compiled Toolchain::object(const std::string& source, const std::vector<std::string>& flags) {
  std::vector<std::string> all = flags;
  all.emplace_back("-c");
  return compile(source, all, (folder_ / (std::to_string(++files_) + ".o")).string());
}

Compiled Toolchain::program(const std::string& source, const std::vector<std::string>& flags) {
  std::vector<std::string> all = flags;
  all.emplace_back("-pthread");
  return compile(source, all, (folder_ / (std::to_string(++files_) + ".program")).string());
}

bool Toolchain::accepts(const std::string& source, const std::vector<std::string>& flags) {
  std::vector<std::string> all = flags;
  all.emplace_back("-fsyntax-only");
  return compile(source, all, "").ok;
}

std::filesystem::path Toolchain::built(const std::string& source,
                                       const std::vector<std::string>& flags) {
  Compiled compiled = program(source, flags);
  if (!compiled.ok) {
    throw CheckFailed(source + " does not compile: " + compiled.errors.substr(0, 300));
  }
  return compiled.file;
}

Ended run_program(const std::vector<std::string>& command) { return run(command, false).ended; }

std::map<std::string, double> figures_of(const std::filesystem::path& program) {
  const Ended ended = run_program({program.string()});
  if (ended.status != 0) {
    throw CheckFailed("a program of the probe ended with status " + std::to_string(ended.status));
  }
  std::map<std::string, double> figures;
  std::istringstream lines(ended.output);
  std::string name;
  double value = 0;
  while (lines >> name >> value) figures[name] = value;
  return figures;
}

double code_bytes(const std::filesystem::path& object) {
  std::ifstream file(object, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  Elf64_Ehdr header;
  if (bytes.size() < sizeof header) throw CheckFailed("the compiler made no object");
  std::memcpy(&header, bytes.data(), sizeof header);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    std::memcpy(&section, bytes.data() + header.e_shoff + i * sizeof section, sizeof section);
    total += (section.sh_flags & SHF_EXECINSTR) != 0 ? section.sh_size : 0;
  }
  return static_cast<double>(total);
}

}  // namespace twofold::compare
