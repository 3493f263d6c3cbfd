#include "load/server_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "protocol/checksum.hpp"
#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

// A server says a line or two; one that floods its standard output is not worth the memory.
constexpr std::size_t kMaxOutputBytes = std::size_t{1} << 20U;

[[noreturn]] void throw_errno(const char* operation) {
  throw std::system_error(errno, std::generic_category(), operation);
}

// Runs in the forked child, and so calls nothing that is not safe there.
[[noreturn]] void become(char* const* arguments, int stdout_fd, unsigned core, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the line above took effect.
  if (::getppid() != parent) {
    ::_exit(127);
  }
  pin_to_core(core);
  ::dup2(stdout_fd, STDOUT_FILENO);
  ::execvp(arguments[0], arguments);
  static constexpr char kMessage[] = "twofold-load: the server program cannot be executed\n";
  (void)!::write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  ::_exit(127);
}

nlohmann::json parse_object(const std::string& line) {
  auto object = nlohmann::json::parse(line, nullptr, false);
  return object.is_object() ? object : nlohmann::json::object();
}

std::string text_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Enough of a foreign line for a message.
std::string quoted(const std::string& line) {
  constexpr std::size_t kMax = 200;
  return "'" + (line.size() > kMax ? line.substr(0, kMax) + "..." : line) + "'";
}

}  // namespace

ServerProcess::ServerProcess(const std::vector<std::string>& command, unsigned core) {
  start(command, core);
  // By number: glibc 2.36 declares pidfd_open without C linkage.
  exit_event_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!exit_event_.is_open() || ::clock_getcpuclockid(pid_, &cpu_clock_) != 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    throw CheckFailed("the server process cannot be watched");
  }
}

void ServerProcess::start(const std::vector<std::string>& command, unsigned core) {
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
    throw_errno("creating the pipe for the server's output");
  }
  stdout_ = Descriptor(pipe_ends[0]);
  const Descriptor write_end(pipe_ends[1]);
  ::fcntl(stdout_.get(), F_SETFL, O_NONBLOCK);

  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  const pid_t self = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) {
    throw_errno("starting the server process");
  }
  if (pid_ == 0) {
    become(arguments.data(), write_end.get(), core, self);
  }
}

ServerProcess::~ServerProcess() {
  if (!ended_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

// Takes what the pipe holds; false at its end.
bool ServerProcess::read_available() {
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t n = ::read(stdout_.get(), buffer.data(), buffer.size());
    if (n > 0) {
      output_.append(buffer.data(), static_cast<std::size_t>(n));
      if (output_.size() > kMaxOutputBytes) {
        throw CheckFailed("the server floods its standard output");
      }
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else {
      return n < 0 && errno == EAGAIN;
    }
  }
}

std::uint16_t ServerProcess::await_listening(const Deadline& deadline) {
  bool open = true;
  while (open && output_.find('\n') == std::string::npos) {
    pollfd readable{stdout_.get(), POLLIN, 0};
    if (::poll(&readable, 1, deadline.remaining_ms()) == 0) {
      throw CheckFailed("the server did not say that it listens within " +
                        std::to_string(deadline.limit_seconds()) + " s");
    }
    open = read_available();
  }
  if (output_.empty()) {
    throw CheckFailed("the server ended without saying where it listens");
  }
  const std::string line = output_.substr(0, output_.find('\n'));
  const auto object = parse_object(line);
  const auto port = object.find("listening");
  if (port == object.end() || !port->is_number_unsigned() || *port == 0 || *port > 65535) {
    throw CheckFailed("the server's first line is not {\"listening\": PORT} but " + quoted(line));
  }
  return port->get<std::uint16_t>();
}

double ServerProcess::cpu_seconds() const {
  timespec used{};
  if (::clock_gettime(cpu_clock_, &used) != 0) {
    throw CheckFailed(errno_message("reading the server's CPU clock", errno));
  }
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

void ServerProcess::note_peak_memory() {
  if (const std::uint64_t now = compare::peak_resident_bytes(pid_); now != 0) {
    peak_resident_bytes_ = now;
  }
}

bool ServerProcess::await_end(const Deadline& deadline) {
  bool open = true;
  while (!ended_) {
    // A server blocked on a full pipe would never end, so its output is taken while waiting. A
    // negative descriptor is skipped by poll.
    std::array<pollfd, 2> events{
        {{exit_event_.get(), POLLIN, 0}, {open ? stdout_.get() : -1, POLLIN, 0}}};
    const int ready = ::poll(events.data(), events.size(), deadline.remaining_ms());
    if (ready == 0) {
      return false;
    }
    open = open && read_available();
    if (ready > 0 && events[0].revents != 0) {
      ended_ = ::waitpid(pid_, &wait_status_, 0) == pid_;
    }
  }
  // What was written between the last look and the end.
  (void)read_available();
  return true;
}

std::string ServerProcess::last_line() const {
  const auto end = output_.find_last_not_of('\n');
  if (end == std::string::npos) {
    return "";
  }
  const auto start = output_.rfind('\n', end);
  return output_.substr(start == std::string::npos ? 0 : start + 1,
                        end - (start == std::string::npos ? -1 : start));
}

void ServerProcess::judge_ending() const {
  if (WIFSIGNALED(wait_status_)) {
    const int signal = WTERMSIG(wait_status_);
    throw CheckFailed("the server died of signal " + std::to_string(signal) + " (" +
                      ::strsignal(signal) + ")");
  }
  const int status = WEXITSTATUS(wait_status_);
  const auto object = parse_object(last_line());
  const std::string check = text_of(object, "check");
  const std::string detail = text_of(object, "detail");
  if (status == kExitCapped && check == "capped") {
    throw Capped(detail);
  }
  if (status == kExitUnsupported && check == "unsupported") {
    throw Unsupported(detail);
  }
  if (status != kExitOk) {
    throw CheckFailed("the server exited with status " + std::to_string(status) +
                      (detail.empty() ? "" : ": " + detail));
  }
  if (check != "ok") {
    throw CheckFailed("the server ended without saying that its check is ok; its last line is " +
                      quoted(last_line()));
  }
}

void ServerProcess::judge_checksum(std::uint64_t expected) const {
  const std::string checksum = text_of(parse_object(last_line()), "checksum");
  if (checksum != to_hex(expected)) {
    throw CheckFailed("the server's checksum is " + quoted(checksum) + ", the load's own is '" +
                      to_hex(expected) + "'");
  }
}

}  // namespace twofold::compare
