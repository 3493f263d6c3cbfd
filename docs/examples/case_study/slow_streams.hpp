// The case study's world: slow streams, and the one question that each model answers in its own
// way.
//
// Used by one program for each model, which defines read_all(). A stream is a socket whose other
// end a writer drips words into and then closes; the question is what came out of each, read to its
// end, with all of them read at the same time.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace case_study {

/// What every model defines: all that each stream gives, in the order of the streams. The
/// descriptors are non-blocking and belong to it.
std::vector<std::string> read_all(const std::vector<int>& streams);

/// Fills and closes the far ends, a word to each stream in turn.
inline void drip(const std::vector<int>& far_ends, int words) {
  for (int word = 0; word < words; ++word) {
    for (std::size_t i = 0; i < far_ends.size(); ++i) {
      const std::string text = std::to_string(i) + "." + std::to_string(word) + " ";
      if (::write(far_ends[i], text.data(), text.size()) < 0) std::abort();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (const int fd : far_ends) ::close(fd);
}

/// Runs the model's read_all() on `count` streams of `words` words; says what came, and what was
/// wrong.
inline int run(const char* model, int count, int words) {
  std::vector<int> near_ends, far_ends;
  for (int i = 0; i < count; ++i) {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) std::abort();
    ::fcntl(pair[0], F_SETFL, O_NONBLOCK);
    near_ends.push_back(pair[0]);
    far_ends.push_back(pair[1]);
  }
  std::thread writer(drip, far_ends, words);
  const std::vector<std::string> texts = read_all(near_ends);
  writer.join();

  std::size_t bytes = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::string expected;
    for (int word = 0; word < words; ++word) {
      expected += std::to_string(i) + "." + std::to_string(word) + " ";
    }
    if (texts[i] != expected) {
      std::printf("%s: stream %zu gave '%s'\n", model, i, texts[i].c_str());
      return 1;
    }
    bytes += texts[i].size();
  }
  std::printf("%s: %zu streams, %zu bytes\n", model, texts.size(), bytes);
  return texts.size() == static_cast<std::size_t>(count) ? 0 : 1;
}

}  // namespace case_study
