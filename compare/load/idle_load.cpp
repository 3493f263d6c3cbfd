// The load `idle`: connections that each exchange one byte, so that the server has taken them up,
// and then say nothing. What the server's memory has grown by meanwhile is what an idle connection
// costs it.
//
// A loopback address has about 28,000 local ports for one server: connections come from 127.0.0.2,
// 127.0.0.3, and so on, as many from each as fit comfortably.
#include <sys/socket.h>

#include <string>
#include <vector>

#include "load/connector.hpp"
#include "load/load.hpp"
#include "load/poller.hpp"
#include "protocol/machine.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

constexpr std::size_t kFromOneAddress = 20'000;
// The first connections pay for what is there once: buffers, tables, pages of code.
constexpr std::size_t kFirst = 10;

class IdleLoad {
 public:
  explicit IdleLoad(const LoadContext& context)
      : context_(context), wanted_(static_cast<std::size_t>(context.params.get("connections"))) {
    if (wanted_ <= kFirst) {
      throw UsageError("idle needs more than " + std::to_string(kFirst) + " connections");
    }
  }

  LoadResult run() {
    open_up_to(kFirst);
    const Memory before = context_.server.memory();
    const Meter meter(context_.server);
    open_up_to(wanted_);
    result_.usage = meter.usage();
    const Memory after = context_.server.memory();
    context_.server.note_peak_memory();
    result_.ops = sockets_.size() - kFirst;
    result_.figures.push_back(
        {"bytes_per_connection", "B", bytes_each(before, after, result_.ops)});
    close_all();
    result_.expected_checksum = answered_;
    return std::move(result_);
  }

 private:
  void open_up_to(std::size_t count) {
    while (sockets_.size() < count) {
      sockets_.push_back(
          begin_connect_from(context_.port, sockets_.size(), sockets_.size() / kFromOneAddress));
      poller_.add(sockets_.back().get(), static_cast<std::uint32_t>(sockets_.size() - 1));
      is_sent_.push_back(false);
      while (sockets_.size() - answered_ >= kMaxConnecting) take_events();
    }
    while (answered_ < sockets_.size()) take_events();
  }

  void take_events() {
    for (const epoll_event& event : poller_.wait(context_.deadline)) advance(event.data.u32);
  }

  void advance(std::size_t index) {
    const auto mark = static_cast<char>(index);
    if (!is_sent_[index]) {
      if (send_some(sockets_[index], {&mark, 1}, index).would_block) return;
      is_sent_[index] = true;
    }
    char buffer[8];
    const Transfer transfer = receive_some(sockets_[index], buffer, index);
    if (transfer.would_block) return;
    if (transfer.end_of_stream || transfer.bytes != 1 || buffer[0] != mark) {
      throw CheckFailed(about_connection(index, "the server did not send back the one byte"));
    }
    ++answered_;
  }

  void close_all() {
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
      ::shutdown(sockets_[i].get(), SHUT_WR);
    }
    std::size_t closed = 0;
    const auto end = [&](std::size_t index) {
      char buffer[8];
      if (sockets_[index].is_open() && receive_some(sockets_[index], buffer, index).end_of_stream) {
        sockets_[index].reset();
        ++closed;
      }
    };
    for (std::size_t i = 0; i < sockets_.size(); ++i) end(i);
    while (closed < sockets_.size()) {
      for (const epoll_event& event : poller_.wait(context_.deadline)) end(event.data.u32);
    }
  }

  const LoadContext& context_;
  std::size_t wanted_;
  std::vector<Descriptor> sockets_;
  std::vector<bool> is_sent_;
  std::size_t answered_ = 0;
  Poller poller_;
  LoadResult result_;
};

}  // namespace

LoadResult run_idle_load(const LoadContext& context) { return IdleLoad(context).run(); }

}  // namespace twofold::compare
