// How far the run is: a bar with the time left on a terminal, otherwise a line now and then.
//
// Used by `Runner`; always writes to standard error, since standard output belongs to the table or
// to `--json -`.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace twofold::compare {

class Progress {
 public:
  // Draws a bar when standard error is a terminal.
  Progress();
  // Leaves the terminal's line clean.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `fraction` of the expected time is over; `what` is being done now.
  void show(double fraction, std::size_t done, std::size_t planned, const std::string& what);

  // A message that must not be overwritten by the bar.
  void note(const std::string& message);

 private:
  using Clock = std::chrono::steady_clock;
  void clear_bar();

  bool is_terminal_;
  bool bar_shown_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_;
};

}  // namespace twofold::compare
