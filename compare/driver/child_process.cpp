#include "driver/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <system_error>

#include "protocol/loopback.hpp"
#include "protocol/machine.hpp"

namespace twofold::compare {
namespace {

// A program that obeys the protocol says a few lines; more is neither kept nor waited for.
constexpr std::size_t kMaxOutputBytes = std::size_t{1} << 20U;
constexpr std::size_t kMaxErrorBytes = 2000;
constexpr int kPollSlice_ms = 100;

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "creating the pipe for a sample");
  }
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// The driver sits on one core, which is no choice of its children; the kernel cuts the mask down to
// the cores that there are.
void leave_core() {
  cpu_set_t all;
  std::memset(&all, 0xFF, sizeof all);
  ::sched_setaffinity(0, sizeof all, &all);
}

// Runs in the forked child, and so calls nothing that is not safe there.
[[noreturn]] void become(char* const* arguments, int out, int err, int core, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the line above took effect.
  if (::getppid() != parent) {
    ::_exit(127);
  }
  if (core >= 0) {
    pin_to_core(static_cast<unsigned>(core));
  } else {
    leave_core();
  }
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::execvp(arguments[0], arguments);
  const char* reason = ::strerror(errno);
  (void)!::write(STDERR_FILENO, "cannot be executed: ", 20);
  (void)!::write(STDERR_FILENO, reason, ::strlen(reason));
  ::_exit(127);
}

pid_t start_process(const ProcessStart& start, int out, int err) {
  std::vector<char*> arguments;
  for (const std::string& argument : start.command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  const pid_t self = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    throw std::system_error(errno, std::generic_category(), "starting a sample's process");
  }
  if (pid == 0) {
    become(arguments.data(), out, err, start.core, self);
  }
  // Also here, so that the group exists before it may have to be killed.
  ::setpgid(pid, pid);
  return pid;
}

enum class Keep { kHead, kTail };

// Takes what the pipe holds; false at its end.
bool drain(int fd, std::string& text, Keep keep, std::size_t limit) {
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(n));
      if (text.size() > limit) {
        keep == Keep::kHead ? text.resize(limit) : (void)text.erase(0, text.size() - limit);
      }
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else {
      return n < 0 && errno == EAGAIN;
    }
  }
}

class RunningProcess {
 public:
  explicit RunningProcess(const ProcessStart& start) : out_(make_pipe()), err_(make_pipe()) {
    pid_ = start_process(start, out_.write_end.get(), err_.write_end.get());
    out_.write_end = Descriptor();
    err_.write_end = Descriptor();
    // By number: glibc 2.36 declares pidfd_open without C linkage.
    exit_event_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!exit_event_.is_open()) {
      const int cause = errno;
      kill_and_reap();
      throw std::system_error(cause, std::generic_category(), "watching a sample's process");
    }
  }
  ~RunningProcess() {
    if (!reaped_) {
      kill_and_reap();
    }
  }
  RunningProcess(const RunningProcess&) = delete;
  RunningProcess& operator=(const RunningProcess&) = delete;

  // Listens for a moment; true once the process has ended.
  bool listen() {
    std::array<pollfd, 3> events{{{exit_event_.get(), POLLIN, 0},
                                  {out_open_ ? out_.read_end.get() : -1, POLLIN, 0},
                                  {err_open_ ? err_.read_end.get() : -1, POLLIN, 0}}};
    const int ready = ::poll(events.data(), events.size(), kPollSlice_ms);
    out_open_ = out_open_ && drain(out_.read_end.get(), output, Keep::kHead, kMaxOutputBytes);
    err_open_ = err_open_ && drain(err_.read_end.get(), error, Keep::kTail, kMaxErrorBytes);
    return ready > 0 && events[0].revents != 0;
  }

  // The whole group dies before its leader is reaped: until then no other process can get its id.
  void kill_and_reap() {
    ::kill(-pid_, SIGKILL);
    while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    // What was written between the last look and the end.
    drain(out_.read_end.get(), output, Keep::kHead, kMaxOutputBytes);
    drain(err_.read_end.get(), error, Keep::kTail, kMaxErrorBytes);
  }

  std::string output;
  std::string error;
  int status = 0;
  rusage usage{};

 private:
  Pipe out_;
  Pipe err_;
  Descriptor exit_event_;
  pid_t pid_ = -1;
  bool out_open_ = true;
  bool err_open_ = true;
  bool reaped_ = false;
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

std::string describe(const ProcessEnd& end, int signal, double timeout_s,
                     const std::string& error) {
  std::string text;
  switch (end.kind) {
    case ProcessEnd::Kind::kExited:
      text = fmt::format("exit status {}", end.exit_status);
      break;
    case ProcessEnd::Kind::kSignalled:
      text = fmt::format("signal {} ({})", signal, ::strsignal(signal));
      break;
    case ProcessEnd::Kind::kTimedOut:
      text = fmt::format("killed after {:g} s", timeout_s);
      break;
    case ProcessEnd::Kind::kCancelled:
      text = "interrupted";
      break;
  }
  const std::string tail = as_ascii(error);
  return tail.empty() ? text : text + "; standard error: " + tail;
}

}  // namespace

std::string as_ascii(std::string text) {
  for (char& c : text) {
    const auto code = static_cast<unsigned char>(c);
    c = code >= 0x20 && code < 0x7F ? c : (c == '\n' ? ' ' : '?');
  }
  const auto last = text.find_last_not_of(' ');
  return last == std::string::npos ? "" : text.substr(0, last + 1);
}

ProcessEnd run_process(const ProcessStart& start, const std::function<bool()>& cancelled) {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  const auto elapsed_s = [&] {
    return std::chrono::duration<double>(Clock::now() - began).count();
  };
  ProcessEnd end;
  RunningProcess process(start);
  bool ended = false;
  while (!ended) {
    ended = process.listen();
    if (!ended && cancelled()) {
      end.kind = ProcessEnd::Kind::kCancelled;
      break;
    }
    if (!ended && elapsed_s() > start.timeout_s) {
      end.kind = ProcessEnd::Kind::kTimedOut;
      break;
    }
  }
  process.kill_and_reap();
  end.wall_s = elapsed_s();
  end.cpu_s = seconds(process.usage.ru_utime) + seconds(process.usage.ru_stime);
  const int signal = WIFSIGNALED(process.status) ? WTERMSIG(process.status) : 0;
  if (ended && signal != 0) {
    end.kind = ProcessEnd::Kind::kSignalled;
  } else if (ended) {
    end.exit_status = WEXITSTATUS(process.status);
  }
  end.standard_output = std::move(process.output);
  end.description = describe(end, signal, start.timeout_s, process.error);
  return end;
}

}  // namespace twofold::compare
