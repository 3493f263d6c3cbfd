#include "driven_run.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace twofold::compare {
namespace {

pid_t start_command(const std::vector<std::string>& command, const std::string& out,
                    const std::string& err) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(::open(out.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600), STDERR_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  return pid;
}

Json manifest_of(const std::vector<std::pair<std::string, std::string>>& variants) {
  Json list = Json::array();
  for (const auto& [name, mode] : variants) {
    list.push_back({{"name", name},
                    {"kind", name.starts_with("stack") ? "runtime" : "baseline"},
                    {"program", {PYTHON, FAKE_PROGRAM, mode}},
                    {"compiler", "gcc"}});
  }
  return {{"load", ""}, {"build", Json::object()}, {"variants", std::move(list)}};
}

}  // namespace

DrivenRun::DrivenRun(const std::vector<std::pair<std::string, std::string>>& variants) {
  std::string pattern = (std::filesystem::temp_directory_path() / "driven-XXXXXX").string();
  folder_ = ::mkdtemp(pattern.data());
  std::ofstream(file("manifest.json")) << manifest_of(variants).dump();
  ::setenv("FAKE_PID_FILE", file("pids").c_str(), 1);
}

DrivenRun::~DrivenRun() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::string> DrivenRun::command(const std::vector<std::string>& arguments) const {
  const auto has = [&](const char* option) {
    return std::find(arguments.begin(), arguments.end(), option) != arguments.end();
  };
  std::vector<std::string> all = {TWOFOLD_COMPARE, "--manifest", file("manifest.json").string()};
  if (!has("--quick") && !has("--full")) {
    all.emplace_back("--smoke");
  }
  if (!has("--out")) {
    all.insert(all.end(), {"--out", (folder_ / "out").string()});
  }
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

Ended DrivenRun::run(const std::vector<std::string>& arguments) const {
  return run_command(command(arguments), folder_);
}

pid_t DrivenRun::start(const std::vector<std::string>& arguments) const {
  return start_command(command(arguments), "/dev/null", "/dev/null");
}

std::string DrivenRun::text_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

Ended run_command(const std::vector<std::string>& command, const std::filesystem::path& scratch) {
  const auto out = scratch / "stdout";
  const auto err = scratch / "stderr";
  const pid_t pid = start_command(command, out.string(), err.string());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, DrivenRun::text_of(out),
          DrivenRun::text_of(err)};
}

}  // namespace twofold::compare
