// Parker under every schedule: who was told to wake up does, wherever it sleeps.
#include "twofold/executor/parker.hpp"

#include "model_test.hpp"
#include "twofold/detail/futex.hpp"

namespace twofold::model {
namespace {

using detail::Atomic;

/// A worker that sleeps until it has been given `wanted` things, and who gives them.
template <class Parker>
struct Sleeper {
  Parker parker;
  Atomic<std::uint32_t> given{0};
  Atomic<bool> reactor_event{false};

  void sleep(typename Parker::Place place) {
    if (!parker.prepare(place)) return;
    if (place == Parker::kOnFutex) {
      while (parker.word().load() == Parker::kOnFutex) {
        detail::futex_wait(parker.word(), Parker::kOnFutex);
      }
    } else {
      block(
          Op::kReactorWait, this,
          [](void* self) { return static_cast<Sleeper*>(self)->is_notified; }, this);
      is_notified = false;
    }
    parker.finish();
  }
  void run(std::uint32_t wanted, typename Parker::Place place) {
    while (given.load() < wanted) sleep(place);
  }
  void give() {
    given.fetch_add(1);
    switch (parker.unpark()) {
      case Parker::kOnFutex:
        detail::futex_wake_one(parker.word());
        break;
      case Parker::kInReactor:
        step(Op::kReactorNotify, this);
        is_notified = true;
        changed();
        break;
      default:
        break;
    }
  }

  bool is_notified = false;  // by the reactor's descriptor
};

template <class Parker>
void sleep_and_wake(typename Parker::Place place, std::uint32_t wakers) {
  Sleeper<Parker> sleeper;
  Thread worker("worker", [&] { sleeper.run(wakers, place); });
  Thread second;
  if (wakers == 2) second = Thread("waker 2", [&] { sleeper.give(); });
  sleeper.give();
  worker.join();
  if (second.joinable()) second.join();
}

TEST(Parker, IsNeverLeftAsleepOnTheFutex) {
  expect_none_fails({.preemptions = 3},
                    [] { sleep_and_wake<detail::Parker<>>(detail::Parker<>::kOnFutex, 2); });
}

TEST(Parker, IsNeverLeftAsleepInTheReactor) {
  expect_none_fails({.preemptions = 3},
                    [] { sleep_and_wake<detail::Parker<>>(detail::Parker<>::kInReactor, 2); });
}

TEST(Parker, PlantedExchangeInTwoStepsIsFound) {
  expect_found({.torn = Op::kExchange},
               [] { sleep_and_wake<detail::Parker<>>(detail::Parker<>::kOnFutex, 1); });
}

/// Goes to sleep without looking whether it was told not to.
class BlindParker : public detail::Parker<> {
 public:
  [[nodiscard]] bool prepare(Place place) noexcept {
    word().store(place);
    return true;
  }
};

TEST(Parker, PlantedSleepWithoutAnotherLookIsFound) {
  expect_found({}, [] { sleep_and_wake<BlindParker>(BlindParker::kOnFutex, 1); });
}

}  // namespace
}  // namespace twofold::model
