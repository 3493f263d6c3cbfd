// The case study with threads: one for each stream, which blocks.
#include <stdexcept>

#include "slow_streams.hpp"

// [read]
std::string read_to_end(int fd) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n == 0) break;
    if (n < 0) throw std::runtime_error("read failed");
    text.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(fd);
  return text;
}

std::vector<std::string> case_study::read_all(const std::vector<int>& streams) {
  std::vector<std::string> texts(streams.size());
  std::vector<std::thread> readers;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    ::fcntl(streams[i], F_SETFL, 0);  // blocking
    readers.emplace_back([&, i] { texts[i] = read_to_end(streams[i]); });
  }
  for (std::thread& reader : readers) reader.join();
  return texts;
}
// [read]

int main() { return case_study::run("threads", 20, 5); }
