// The load `open_loop`: requests come when they come, whether the server keeps up or not, and each
// latency counts from when the request was to be sent.
//
// Two phases, both metered apart. Calibration: a closed loop over all connections, as fast as it
// goes, finds how many requests a second server and generator exchange together: saturation.
// Measured: at `percent` of that rate, requests come at random times (exponential gaps: Poisson),
// to the connections in turn; one that finds an earlier request of its connection unanswered is
// sent behind it all the same. The generator never sleeps meanwhile: it polls, so that a send is
// late only by what the generator's own work takes; that lateness is part of the latency and is
// also given by itself.
//
// On a virtual machine both are stopped now and then, for milliseconds, and a single stop makes the
// 99th percentile. The server's doing it cannot be, for the generator has a core of its own: where
// a send was later than any work of the generator takes, the answers of that window of time, and of
// the next, in which the queue is worked off, are left out. How many is a figure too; where they
// are more than half, none is left out.
#include <sys/socket.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "load/connector.hpp"
#include "load/load.hpp"
#include "load/payload.hpp"
#include "load/poller.hpp"
#include "protocol/outcome.hpp"

namespace twofold::compare {
namespace {

using Clock = std::chrono::steady_clock;

// Of all requests, so many serve to calibrate.
constexpr std::uint64_t kCalibrationFraction = 4;

constexpr std::chrono::milliseconds kWindow{10};
// Later than this a send is only where the machine stopped.
constexpr std::chrono::microseconds kLateByItself{500};

struct Connection {
  Descriptor socket;
  std::uint64_t queued = 0;  // requests that were to be sent so far
  std::uint64_t answered = 0;
  std::size_t received = 0;                // bytes of the answer that is coming
  std::string unsent;                      // what the kernel did not take
  std::deque<Clock::time_point> intended;  // of the requests without an answer
};

class OpenLoop {
 public:
  explicit OpenLoop(const LoadContext& context)
      : context_(context),
        message_bytes_(static_cast<std::size_t>(context.params.get("message_bytes"))),
        requests_(static_cast<std::uint64_t>(context.params.get("requests"))),
        connections_(static_cast<std::size_t>(context.params.get("connections"))),
        message_(message_bytes_),
        buffer_(std::size_t{64} << 10U),
        gaps_(context.params.seed()) {
    const auto percent = context.params.get("percent");
    if (connections_.empty() || message_bytes_ == 0 || percent < 1 || percent > 100 ||
        requests_ / kCalibrationFraction < 2 * connections_.size()) {
      throw UsageError(
          "open_loop needs connections and message_bytes of at least 1, percent of 1 to 100, and "
          "at "
          "least eight requests a connection");
    }
    share_ = static_cast<double>(percent) / 100;
  }

  LoadResult run() {
    open_all();
    const double saturation = calibrate();
    measure(saturation * share_);
    context_.server.note_peak_memory();
    close_all();
    result_.figures.push_back({"offered_per_second", "1/s", saturation * share_});
    result_.figures.push_back({"saturation_per_second", "1/s", saturation});
    result_.figures.push_back(
        {"generator_late_us", "us", std::chrono::duration<double, std::micro>(latest_).count()});
    result_.figures.push_back({"left_out_percent", "%", left_out_percent_});
    result_.expected_checksum = sent_ * message_bytes_;
    return std::move(result_);
  }

 private:
  // Each connection has had one answer: the server has taken it up.
  void open_all() {
    for (std::size_t opened = 0; answered_ < connections_.size();) {
      for (; opened < connections_.size() && opened - answered_ < kMaxConnecting; ++opened) {
        connections_[opened].socket = begin_connect(context_.port, opened);
        poller_.add(connections_[opened].socket.get(), static_cast<std::uint32_t>(opened));
        request(opened, Clock::now());
      }
      take_events(poller_.wait(context_.deadline));
    }
  }

  // A number of requests that does not depend on how fast they go, for the checksum is made of all.
  // The rate is taken before the first connection runs out of requests.
  double calibrate() {
    const std::uint64_t requests = requests_ / kCalibrationFraction;
    const std::uint64_t first = answered_;
    const std::uint64_t rated = requests - connections_.size();
    calibrations_left_ = requests;
    const Clock::time_point start = Clock::now();
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      --calibrations_left_;
      request(i, start);
    }
    while (answered_ - first < rated) take_events(poller_.wait(context_.deadline));
    const double rate = static_cast<double>(answered_ - first) /
                        std::chrono::duration<double>(Clock::now() - start).count();
    while (answered_ < sent_) take_events(poller_.wait(context_.deadline));
    return rate;
  }

  void measure(double rate) {
    const std::uint64_t target = sent_ + requests_ - requests_ / kCalibrationFraction;
    result_.ops = target - sent_;
    is_metered_ = true;
    const Meter meter(context_.server);
    Clock::time_point due = Clock::now();
    window_end_ = due + kWindow;
    for (std::size_t next = 0; answered_ < target;) {
      Clock::time_point now = Clock::now();
      for (; sent_ < target && due <= now; now = Clock::now()) {
        latest_in_window_ = std::max<Clock::duration>(latest_in_window_, now - due);
        request(next, due);
        next = next + 1 < connections_.size() ? next + 1 : 0;
        due += std::chrono::nanoseconds(std::llround(gap() / rate * 1e9));
      }
      if (now >= window_end_) close_window(now);
      take_events(poller_.wait(context_.deadline, std::chrono::nanoseconds(0)));
    }
    is_metered_ = false;
    result_.usage = meter.usage();
    close_window(due);
    left_out_percent_ = 100 - 100 * static_cast<double>(undisturbed_.count()) /
                                  static_cast<double>(result_.latency.count());
    if (left_out_percent_ <= 50) {
      result_.latency = undisturbed_;
    } else {
      left_out_percent_ = 0;
    }
  }

  void close_window(Clock::time_point now) {
    const bool is_disturbed = latest_in_window_ > kLateByItself;
    if (!is_disturbed && !was_disturbed_) {
      for (const std::uint64_t latency : window_) undisturbed_.record(latency);
    }
    was_disturbed_ = is_disturbed;
    latest_ = std::max(latest_, latest_in_window_);
    latest_in_window_ = {};
    window_.clear();
    window_end_ = now + kWindow;
  }

  // Exponential with mean 1.
  double gap() {
    const double uniform = static_cast<double>(gaps_.next() >> 11U) * 0x1.0p-53;
    return -std::log1p(-uniform);
  }

  void request(std::size_t index, Clock::time_point intended) {
    Connection& connection = connections_[index];
    fill_message(message_, context_.params.seed(), index, connection.queued++);
    ++sent_;
    connection.intended.push_back(intended);
    if (!connection.unsent.empty()) {
      connection.unsent.append(message_.data(), message_.size());
      return;
    }
    const std::size_t n = send_all(index, message_);
    connection.unsent.assign(message_.begin() + static_cast<std::ptrdiff_t>(n), message_.end());
  }

  // As much as the kernel takes.
  std::size_t send_all(std::size_t index, std::span<const char> bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const Transfer transfer = send_some(connections_[index].socket, bytes.subspan(sent), index);
      if (transfer.would_block) break;
      sent += transfer.bytes;
    }
    return sent;
  }

  void take_events(std::span<const epoll_event> events) {
    for (const epoll_event& event : events) advance(event.data.u32);
  }

  void advance(std::size_t index) {
    Connection& connection = connections_[index];
    connection.unsent.erase(0, send_all(index, connection.unsent));
    while (true) {
      const Transfer transfer = receive_some(connection.socket, buffer_, index);
      if (transfer.would_block) return;
      if (transfer.end_of_stream) {
        throw CheckFailed(about_connection(
            index,
            "the server closed it after " + std::to_string(connection.answered) + " answers"));
      }
      verify(index, std::span(buffer_).first(transfer.bytes));
      if (transfer.bytes < buffer_.size()) return;
    }
  }

  // The bytes may be of several answers.
  void verify(std::size_t index, std::span<const char> bytes) {
    Connection& connection = connections_[index];
    while (!bytes.empty()) {
      if (connection.answered == connection.queued) {
        throw CheckFailed(about_connection(index, "the server sent more bytes than it was sent"));
      }
      fill_message(message_, context_.params.seed(), index, connection.answered);
      const std::size_t n = std::min(bytes.size(), message_bytes_ - connection.received);
      if (std::memcmp(bytes.data(), message_.data() + connection.received, n) != 0) {
        throw CheckFailed(about_connection(
            index, "wrong bytes in answer " + std::to_string(connection.answered)));
      }
      bytes = bytes.subspan(n);
      connection.received += n;
      if (connection.received == message_bytes_) finish_answer(index);
    }
  }

  void finish_answer(std::size_t index) {
    Connection& connection = connections_[index];
    const Clock::time_point now = Clock::now();
    if (is_metered_) {
      const auto latency = static_cast<std::uint64_t>((now - connection.intended.front()) /
                                                      std::chrono::nanoseconds(1));
      result_.latency.record(latency);
      window_.push_back(latency);
    }
    connection.intended.pop_front();
    connection.received = 0;
    ++connection.answered;
    ++answered_;
    if (calibrations_left_ > 0) {
      --calibrations_left_;
      request(index, now);
    }
  }

  void close_all() {
    for (const Connection& connection : connections_) ::shutdown(connection.socket.get(), SHUT_WR);
    std::size_t closed = 0;
    const auto end = [&](std::size_t index) {
      Connection& connection = connections_[index];
      if (!connection.socket.is_open()) return;
      const Transfer transfer = receive_some(connection.socket, buffer_, index);
      if (transfer.bytes > 0) {
        throw CheckFailed(about_connection(index, "the server sent more bytes than it was sent"));
      }
      if (transfer.end_of_stream) {
        connection.socket.reset();
        ++closed;
      }
    };
    for (std::size_t i = 0; i < connections_.size(); ++i) end(i);
    while (closed < connections_.size()) {
      for (const epoll_event& event : poller_.wait(context_.deadline)) end(event.data.u32);
    }
  }

  const LoadContext& context_;
  std::size_t message_bytes_;
  std::uint64_t requests_;
  double share_ = 0;
  std::vector<Connection> connections_;
  std::vector<char> message_;  // scratch
  std::vector<char> buffer_;
  SplitMix64 gaps_;
  Poller poller_;
  std::uint64_t calibrations_left_ = 0;
  bool is_metered_ = false;
  std::uint64_t sent_ = 0;
  std::uint64_t answered_ = 0;
  Clock::duration latest_{};
  Clock::time_point window_end_;
  Clock::duration latest_in_window_{};
  bool was_disturbed_ = false;         // the window before
  std::vector<std::uint64_t> window_;  // latencies of this one, in nanoseconds
  LatencyHistogram undisturbed_;
  double left_out_percent_ = 0;
  LoadResult result_;
};

}  // namespace

LoadResult run_open_loop_load(const LoadContext& context) { return OpenLoop(context).run(); }

}  // namespace twofold::compare
