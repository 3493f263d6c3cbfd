// The program under test: started on its own core, listened to, measured, waited for.
//
// Used by `run_sample`. The process never outlives this object, nor the load generator itself (the
// kernel kills it when its parent dies).
#pragma once

#include <sys/types.h>
#include <time.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "load/deadline.hpp"
#include "protocol/loopback.hpp"
#include "protocol/machine.hpp"

namespace twofold::compare {

class ServerProcess {
 public:
  // Starts `command` (looked up in PATH) on `core` with its standard output piped to here; throws
  // CheckFailed when it cannot be started.
  ServerProcess(const std::vector<std::string>& command, unsigned core);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // The port of the line {"listening": PORT}. Throws CheckFailed when the server ends, says
  // something else as its first line, or stays silent until `deadline`.
  [[nodiscard]] std::uint16_t await_listening(const Deadline& deadline);

  // CPU seconds that the process has used so far in all its threads; also of one that has just
  // ended.
  [[nodiscard]] double cpu_seconds() const;

  // What it holds now.
  [[nodiscard]] Memory memory() const { return memory_of(pid_); }

  // Reads the peak of resident bytes, if the process is still there to be asked.
  void note_peak_memory();
  // As of the last note.
  [[nodiscard]] std::uint64_t peak_resident_bytes() const { return peak_resident_bytes_; }

  // Waits for the process to end by itself; false when it has not by `deadline`.
  [[nodiscard]] bool await_end(const Deadline& deadline);

  // Judges a process that has ended: returns when it exited with 0 after an "ok" line; otherwise
  // throws CheckFailed, Unsupported or Capped with the reason, in the server's own words where it
  // left any.
  void judge_ending() const;

  // Throws CheckFailed unless the check line has the checksum `expected`.
  void judge_checksum(std::uint64_t expected) const;

 private:
  void start(const std::vector<std::string>& command, unsigned core);
  bool read_available();
  [[nodiscard]] std::string last_line() const;

  pid_t pid_ = -1;
  Descriptor exit_event_;  // a pidfd: readable once the process has ended
  Descriptor stdout_;
  clockid_t cpu_clock_ = 0;
  std::string output_;
  std::uint64_t peak_resident_bytes_ = 0;
  int wait_status_ = 0;
  bool ended_ = false;
};

}  // namespace twofold::compare
