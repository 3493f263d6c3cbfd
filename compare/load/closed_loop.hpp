// A closed loop: one request outstanding on each connection, every byte of every answer looked at.
//
// What is said is a Dialogue's matter:
//
//     std::size_t answer_bytes() const              about how long an answer is
//     std::span<const char> begin(connection, n)    the connection's request number n; it stays
//                                                   until the connection's next one
//     bool take(connection, n, bytes, sent)         bytes of the answer came, when `sent` bytes
//                                                   of the request were out; true: it is whole.
//                                                   Throws CheckFailed where they are wrong
//
// Three phases. Warm-up: connections are opened, a bounded number of them unanswered at any time,
// and each exchanges its first requests; the first answer proves that the server has taken it up.
// Measured: every connection exchanges the rest of its share. Closing: each ends its sending side
// and must see the end of the stream and nothing before it. Only the second phase is metered.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "load/connector.hpp"
#include "load/load.hpp"
#include "load/poller.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {

// Of a connection's share of requests, one in so many is warm-up, and at least one.
inline constexpr std::uint64_t kWarmUpFraction = 20;

struct ClosedLoopConnection {
  Descriptor socket;
  std::uint64_t exchanged = 0;     // requests whose answers are complete
  std::uint64_t phase_target = 0;  // pauses when it has exchanged so many
  std::size_t sent = 0;            // bytes of the current request
  std::size_t received = 0;        // bytes of its answer
  std::span<const char> request;   // the one that is under way
  std::chrono::steady_clock::time_point sent_at;
};

template <class Dialogue>
class ClosedLoop {
 public:
  // `requests` in all, of at least two a connection. Throws UsageError.
  ClosedLoop(const LoadContext& context, std::uint64_t requests, Dialogue dialogue)
      : context_(context),
        dialogue_(std::move(dialogue)),
        requests_(requests),
        connections_(static_cast<std::size_t>(context.params.get("connections"))),
        // One byte more than an answer has, so that an excess is seen with the answer.
        buffer_(std::max<std::size_t>(dialogue_.answer_bytes() + 1, std::size_t{64} << 10U)) {
    if (connections_.empty() || requests_ < 2 * connections_.size()) {
      throw UsageError(
          "this load needs at least one connection, and at least two requests a connection (one is "
          "for warming up)");
    }
  }

  LoadResult run() {
    warm_up();
    measure();
    context_.server.note_peak_memory();
    close_all();
    return std::move(result_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Connection = ClosedLoopConnection;

  // Connection `index`'s share: requests are dealt out as evenly as they can be.
  [[nodiscard]] std::uint64_t share(std::size_t index) const {
    const std::size_t n = connections_.size();
    return requests_ / n + (index < requests_ % n ? 1 : 0);
  }

  void warm_up() {
    std::size_t opened = 0;
    std::size_t paused = 0;
    while (paused < connections_.size()) {
      while (opened < connections_.size() && opened - answered_ < kMaxConnecting) {
        open(opened++);
      }
      for (const epoll_event& event : poller_.wait(context_.deadline)) {
        paused += advance(event.data.u32) ? 1 : 0;
      }
    }
  }

  void open(std::size_t index) {
    Connection& connection = connections_[index];
    connection.socket = begin_connect(context_.port, index);
    connection.phase_target = std::max<std::uint64_t>(1, share(index) / kWarmUpFraction);
    connection.request = dialogue_.begin(index, 0);
    // Being established is an edge as well: it makes `advance` send the first request.
    poller_.add(connection.socket.get(), static_cast<std::uint32_t>(index));
  }

  void measure() {
    std::uint64_t warm_up_requests = 0;
    for (const Connection& connection : connections_) {
      warm_up_requests += connection.exchanged;
    }
    result_.ops = requests_ - warm_up_requests;
    metered_ = true;
    const Meter meter(context_.server);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].phase_target = share(i);
      begin_request(i);
    }
    for (std::size_t paused = 0; paused < connections_.size();) {
      for (const epoll_event& event : poller_.wait(context_.deadline)) {
        paused += advance(event.data.u32) ? 1 : 0;
      }
    }
    result_.usage = meter.usage();
  }

  void begin_request(std::size_t index) {
    Connection& connection = connections_[index];
    connection.request = dialogue_.begin(index, connection.exchanged);
    connection.sent = 0;
    connection.received = 0;
    connection.sent_at = Clock::now();
    send_rest(index);
  }

  void send_rest(std::size_t index) {
    Connection& connection = connections_[index];
    while (connection.sent < connection.request.size()) {
      const Transfer transfer =
          send_some(connection.socket, connection.request.subspan(connection.sent), index);
      if (transfer.would_block) {
        return;
      }
      connection.sent += transfer.bytes;
    }
  }

  // Does what connection `index` can do now; true when that was the last of this phase. One receive
  // an answer: nothing can follow it before the next request, and if it does, it is found then.
  bool advance(std::size_t index) {
    Connection& connection = connections_[index];
    if (connection.exchanged == connection.phase_target) {
      return false;  // paused, and told of an edge that it has already acted on
    }
    send_rest(index);
    while (true) {
      const Transfer transfer = receive_some(connection.socket, buffer_, index);
      if (transfer.would_block) {
        return false;
      }
      if (transfer.end_of_stream) {
        throw CheckFailed(about_connection(
            index, "the server closed it after " + std::to_string(connection.exchanged) +
                       " answers and " + std::to_string(connection.received) + " bytes"));
      }
      connection.received += transfer.bytes;
      if (dialogue_.take(index, connection.exchanged, std::span(buffer_).first(transfer.bytes),
                         connection.sent)) {
        return finish_request(index);
      }
      send_rest(index);
    }
  }

  bool finish_request(std::size_t index) {
    Connection& connection = connections_[index];
    if (metered_) {
      const std::chrono::nanoseconds round_trip = Clock::now() - connection.sent_at;
      result_.latency.record(static_cast<std::uint64_t>(round_trip.count()));
    }
    answered_ += connection.exchanged == 0 ? 1 : 0;
    if (++connection.exchanged == connection.phase_target) {
      return true;
    }
    begin_request(index);
    return false;
  }

  void close_all() {
    for (const Connection& connection : connections_) {
      ::shutdown(connection.socket.get(), SHUT_WR);
    }
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      closed_when_ended(i);
    }
    while (closed_ < connections_.size()) {
      for (const epoll_event& event : poller_.wait(context_.deadline)) {
        closed_when_ended(event.data.u32);
      }
    }
  }

  void closed_when_ended(std::size_t index) {
    Connection& connection = connections_[index];
    if (!connection.socket.is_open()) {
      return;
    }
    const Transfer transfer = receive_some(connection.socket, buffer_, index);
    if (transfer.bytes > 0) {
      throw CheckFailed(
          about_connection(index,
                           "the server sent more bytes than it was sent, after the last "
                           "answer"));
    }
    if (transfer.end_of_stream) {
      connection.socket.reset();
      ++closed_;
    }
  }

  const LoadContext& context_;
  Dialogue dialogue_;
  std::uint64_t requests_;
  std::vector<Connection> connections_;
  std::vector<char> buffer_;
  Poller poller_;
  bool metered_ = false;
  std::size_t answered_ = 0;
  std::size_t closed_ = 0;
  LoadResult result_;
};

}  // namespace twofold::compare
