// The case study with fibers, in their own spelling: plain functions, which the runtime parks.
#include <twofold/twofold.hpp>

#include "slow_streams.hpp"

// [read]
std::string read_to_end(int fd) {
  twofold::AsyncFd stream(fd);
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t n = ::read(stream.get(), buffer, sizeof buffer);
    if (n == 0) return text;
    if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
    if (n < 0) twofold::await(stream.readable());
  }
}

std::vector<std::string> read_each(const std::vector<int>& streams) {
  std::vector<twofold::JoinHandle<std::string>> readers;
  for (const int fd : streams) readers.push_back(twofold::spawn(read_to_end, fd));
  std::vector<std::string> texts;
  for (auto& reader : readers) texts.push_back(twofold::await(reader));
  return texts;
}

std::vector<std::string> case_study::read_all(const std::vector<int>& streams) {
  return twofold::block_on(read_each, streams);
}
// [read]

int main() { return case_study::run("stackful", 20, 5); }
