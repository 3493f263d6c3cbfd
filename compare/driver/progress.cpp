#include "driver/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace twofold::compare {
namespace {

constexpr std::chrono::milliseconds kBarInterval{100};
constexpr std::chrono::milliseconds kLineInterval{2000};
constexpr int kBarCells = 24;

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string duration_text(double seconds) {
  const int whole = static_cast<int>(seconds + 0.5);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

Progress::Progress() : is_terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { clear_bar(); }

void Progress::show(double fraction, std::size_t done, std::size_t planned,
                    const std::string& what) {
  const auto now = Clock::now();
  if (now < next_) {
    return;
  }
  next_ = now + (is_terminal_ ? kBarInterval : kLineInterval);
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  const std::string left =
      fraction > 0.01 ? duration_text(elapsed_s / fraction * (1 - fraction)) + " left" : "";
  if (!is_terminal_) {
    print(fmt::format("[{:3.0f} %] {}/{} {} {}\n", fraction * 100, done, planned, what, left));
    return;
  }
  const int filled = std::clamp(static_cast<int>(fraction * kBarCells), 0, kBarCells);
  std::string line =
      fmt::format("[{}{}] {:3.0f} % {:>9}  {}/{} {}", std::string(filled, '#'),
                  std::string(kBarCells - filled, '.'), fraction * 100, left, done, planned, what);
  line.resize(std::min(line.size(), terminal_columns() - 1));
  print("\r\033[K" + line);
  bar_shown_ = true;
}

void Progress::note(const std::string& message) {
  clear_bar();
  print(message + "\n");
}

void Progress::clear_bar() {
  if (bar_shown_) {
    print("\r\033[K");
    bar_shown_ = false;
  }
}

}  // namespace twofold::compare
