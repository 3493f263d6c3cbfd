// The case study with promises: what comes next is a closure, kept until its turn.
#include <sys/epoll.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <unordered_map>

#include "slow_streams.hpp"

// [read]
// A promise in the sense of JavaScript: settled once, told to whoever asked by then().
template <class T>
class Promise {
 public:
  void then(std::function<void(T)> next) {
    state_->next = std::move(next);
    if (state_->value) state_->next(std::move(*state_->value));
  }
  void resolve(T value) const {
    if (state_->next) return state_->next(std::move(value));
    state_->value = std::make_unique<T>(std::move(value));
  }

 private:
  struct State {
    std::unique_ptr<T> value;
    std::function<void(T)> next;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

class EventLoop {
 public:
  Promise<int> readable(int fd) {
    epoll_event interest{.events = EPOLLIN | EPOLLONESHOT, .data = {.fd = fd}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &interest) != 0) {
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &interest);
    }
    return waiting_[fd];
  }
  void run() {
    while (!waiting_.empty()) {
      epoll_event events[64];
      const int count = ::epoll_wait(epoll_, events, 64, -1);
      for (int e = 0; e < count; ++e) {
        waiting_.extract(events[e].data.fd).mapped().resolve(events[e].data.fd);
      }
    }
  }

 private:
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::unordered_map<int, Promise<int>> waiting_;
};

// A loop over waits becomes a function that hands itself on: each turn allocates its closure.
void read_more(EventLoop& loop, int fd, std::shared_ptr<std::string> text,
               Promise<std::string> done) {
  loop.readable(fd).then([&loop, text, done](int ready) {
    char buffer[4096];
    const ssize_t n = ::read(ready, buffer, sizeof buffer);
    if (n > 0) text->append(buffer, static_cast<std::size_t>(n));
    if (n > 0 || (n < 0 && errno == EAGAIN)) return read_more(loop, ready, text, done);
    ::close(ready);
    done.resolve(std::move(*text));
  });
}

std::vector<std::string> case_study::read_all(const std::vector<int>& streams) {
  EventLoop loop;
  std::vector<std::string> texts(streams.size());
  for (std::size_t i = 0; i < streams.size(); ++i) {
    Promise<std::string> done;
    done.then([&texts, i](std::string text) { texts[i] = std::move(text); });
    read_more(loop, streams[i], std::make_shared<std::string>(), done);
  }
  loop.run();
  return texts;
}
// [read]

int main() { return case_study::run("promises", 20, 5); }
