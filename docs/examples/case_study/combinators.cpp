// The case study with futures by hand: what a stream is at is an object, and combinators put many
// together.
#include <memory>
#include <optional>
#include <twofold/twofold.hpp>

#include "slow_streams.hpp"

// [read]
// The state machine that a compiler would have written: what lives across a wait is a member.
class ReadToEnd {
 public:
  using Output = std::string;

  explicit ReadToEnd(int fd) : stream_(std::make_unique<twofold::AsyncFd>(fd)) {}

  twofold::Poll<std::string> poll(twofold::Context& context) {
    char buffer[4096];
    while (true) {
      const ssize_t n = ::read(stream_->get(), buffer, sizeof buffer);
      if (n == 0) return twofold::Ready(std::move(text_));
      if (n > 0) {
        text_.append(buffer, static_cast<std::size_t>(n));
        continue;
      }
      if (!readable_) readable_.emplace(stream_->readable());
      if (readable_->poll(context).is_pending()) return twofold::Pending;
      readable_.reset();
    }
  }

 private:
  std::unique_ptr<twofold::AsyncFd> stream_;
  std::optional<twofold::Readiness> readable_;
  std::string text_;
};

std::vector<std::string> case_study::read_all(const std::vector<int>& streams) {
  std::vector<ReadToEnd> readers;
  for (const int fd : streams) readers.emplace_back(fd);
  return twofold::block_on(twofold::join_all(std::move(readers)));
}
// [read]

int main() { return case_study::run("combinators", 20, 5); }
