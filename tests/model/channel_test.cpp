// The channel under every schedule: what was sent is received, once, in order, whoever waits and
// whoever gives up.
//
// Sender and receiver are tasks of runtimes of their own, on threads of their own.
#include "twofold/sync/channel.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "model_task.hpp"
#include "model_test.hpp"

namespace twofold::model {
namespace {

using detail::Executor;
using detail::TaskRef;

/// Runs `poll` as a task on an executor of this thread.
void run_task(const std::function<bool(ModelTask&)>& poll) {
  Executor executor({});
  ModelTask task(executor, poll);
  const TaskRef keep = TaskRef::adopt(task);
  run_to_end(executor, task);
  executor.shut_down();
}

/// Sends first, first + 1, ... as a task.
void send_all(const Sender<int>& sender, int first, int count) {
  int next = first;
  std::optional<Send<int>> send;
  run_task([&](ModelTask& self) {
    while (next < first + count) {
      if (!send) send.emplace(sender.send(next));
      bool sent = false;
      if (!poll_into(*send, self, [&](bool answer) { sent = answer; })) return false;
      check(sent, "the channel was closed");
      send.reset();
      ++next;
    }
    return true;
  });
}

/// Receives until the channel is closed and drained. With `gives_up`, the first recv that waits is
/// dropped at the next poll, whatever has come by then, and begun anew.
template <class Receive = Recv<int>>
std::vector<int> receive_all(Receiver<int>& receiver, bool gives_up = false) {
  std::vector<int> received;
  std::optional<Receive> receive;
  bool drops = false;
  run_task([&](ModelTask& self) {
    if (std::exchange(drops, false)) receive.reset();
    for (;;) {
      if (!receive) receive.emplace(receiver.recv());
      std::optional<int> value;
      if (!poll_into(*receive, self, [&](std::optional<int> v) { value = v; })) {
        if (std::exchange(gives_up, false)) {
          drops = true;
          TaskRef(&self).wake();
        }
        return false;
      }
      receive.reset();
      if (!value) return true;
      received.push_back(*value);
    }
  });
  return received;
}

void check_sequence(const std::vector<int>& received, int count) {
  check(received.size() == static_cast<std::size_t>(count), "values were lost or doubled");
  for (int i = 0; i < count; ++i) {
    check(received[static_cast<std::size_t>(i)] == i, "values came out of order");
  }
}

void send_and_receive(std::size_t capacity, int count) {
  auto [sender, receiver] = channel<int>(capacity);
  Thread sending("sender", [&, tx = std::move(sender)] {
    send_all(tx, 0, count);
    tx.close();
  });
  check_sequence(receive_all(receiver), count);
  sending.join();
}

TEST(Channel, BoundedGivesEverythingInOrder) {
  expect_none_fails({.preemptions = 3}, [] { send_and_receive(1, 2); });
}

TEST(Channel, RendezvousGivesEverythingInOrder) {
  expect_none_fails({.preemptions = 3}, [] { send_and_receive(0, 2); });
}

TEST(Channel, TwoSendersLoseNothing) {
  expect_none_fails({.preemptions = 2}, [] {
    auto [sender, receiver] = channel<int>(0);
    Thread first("sender 1", [tx = sender] { send_all(tx, 0, 1); });
    Thread second("sender 2", [tx = std::move(sender)] { send_all(tx, 1, 1); });
    // Closed when the last copy of the sender goes, with its thread.
    std::vector<int> received = receive_all(receiver);
    check(received.size() == 2, "values were lost or doubled");
    check(received[0] + received[1] == 1, "a value came twice");
    first.join();
    second.join();
  });
}

template <class Receive>
void give_up_receiving(std::size_t capacity) {
  auto [sender, receiver] = channel<int>(capacity);
  Thread sending("sender", [&, tx = std::move(sender)] {
    send_all(tx, 0, 2);
    tx.close();
  });
  check_sequence(receive_all<Receive>(receiver, true), 2);
  sending.join();
}

TEST(Channel, AReceiveThatIsDroppedLosesNothing) {
  expect_none_fails({.preemptions = 3}, [] { give_up_receiving<Recv<int>>(1); });
}

TEST(Channel, AReceiveThatIsDroppedLosesNothingAtARendezvous) {
  expect_none_fails({.preemptions = 3}, [] { give_up_receiving<Recv<int>>(0); });
}

TEST(Channel, ClosingReleasesWhoWaitsToSend) {
  expect_none_fails({.preemptions = 3}, [] {
    auto [sender, receiver] = channel<int>(0);
    bool sent = true;
    Thread sending("sender", [&sent, tx = std::move(sender)] {
      std::optional<Send<int>> send(tx.send(1));
      run_task([&](ModelTask& self) {
        return poll_into(*send, self, [&](bool answer) { sent = answer; });
      });
    });
    receiver.close();
    sending.join();
    check(!sent, "a value was sent into a closed channel");
  });
}

TEST(Channel, PlantedLockTakenInTwoStepsIsFound) {
  expect_found({.torn = Op::kLock}, [] { send_and_receive(1, 2); });
}

/// Does not give back what it was given, as if cancelling had nothing to do once its turn has come.
class LossyRecv {
 public:
  using Output = std::optional<int>;

  explicit LossyRecv(Recv<int>&& recv) : recv_(std::move(recv)) {}
  ~LossyRecv() {
    // What has come by now is taken out and dropped.
    if (polled_by_ == nullptr) return;
    Context context(*polled_by_);
    (void)recv_.poll(context);
  }
  Poll<Output> poll(Context& context) {
    Poll<Output> answer = recv_.poll(context);
    polled_by_ = answer.is_pending() ? &context.task() : nullptr;
    return answer;
  }

 private:
  Recv<int> recv_;
  detail::TaskHeader* polled_by_ = nullptr;
};

TEST(Channel, PlantedReceiveThatKeepsWhatItWasGivenIsFound) {
  expect_found({}, [] { give_up_receiving<LossyRecv>(1); });
}

}  // namespace
}  // namespace twofold::model
