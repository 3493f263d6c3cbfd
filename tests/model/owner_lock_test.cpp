// OwnerLock under every schedule: one at a time, the owner or another, whether the owner is there
// or absent.
#include "twofold/detail/owner_lock.hpp"

#include "model_test.hpp"

namespace twofold::model {
namespace {

using detail::Atomic;
using detail::Inside;
using detail::OwnerLock;

/// What the lock guards: who is in it is alone.
class Guarded {
 public:
  void use() {
    check(users_.fetch_add(1) == 0, "two are inside at once");
    users_.fetch_sub(1);
    ++uses_;
  }
  [[nodiscard]] int uses() const noexcept { return uses_; }

 private:
  Atomic<int> users_{0};
  int uses_ = 0;
};

template <class Lock>
void enter(Lock& lock, Guarded& guarded) {
  const Inside<Lock> inside(lock);
  guarded.use();
}
template <class Lock>
void claim(Lock& lock, Guarded& guarded) {
  lock.claim();
  guarded.use();
  lock.release();
}

template <class Lock = OwnerLock<>>
void owner_and_others(unsigned others) {
  Lock lock;
  Guarded guarded;
  Thread first("other 1", [&] { claim(lock, guarded); });
  Thread second;
  if (others == 2) second = Thread("other 2", [&] { claim(lock, guarded); });
  enter(lock, guarded);
  enter(lock, guarded);
  first.join();
  if (others == 2) second.join();
  check(guarded.uses() == static_cast<int>(2 + others), "somebody was kept out");
}

void absent_owner_and_other() {
  OwnerLock<> lock;
  Guarded guarded;
  Thread other("other", [&] {
    if (!lock.try_claim_absent()) return;
    guarded.use();
    lock.release();
  });
  enter(lock, guarded);
  {
    const Inside<OwnerLock<>> inside(lock);
    guarded.use();
    lock.go_absent();
  }
  enter(lock, guarded);
  other.join();
  check(guarded.uses() >= 3, "the owner was kept out");
}

// Who only meets the owner lets go at once; the others go on as if it were not there. (What a
// meeting orders cannot be seen here, where memory is sequentially consistent.)
void meets_beside_a_claim() {
  OwnerLock<> lock;
  Guarded guarded;
  Thread one("who meets", [&] { static_cast<void>(lock.meet()); });
  Thread other("who claims", [&] { claim(lock, guarded); });
  enter(lock, guarded);
  enter(lock, guarded);
  one.join();
  other.join();
  check(guarded.uses() == 3, "somebody was kept out");
}

TEST(OwnerLock, LetsOneInWhileAnotherMeetsTheOwner) {
  expect_none_fails({.preemptions = 2}, meets_beside_a_claim);
}

TEST(OwnerLock, LetsOneInBesideAnother) {
  expect_none_fails({.preemptions = 3}, [] { owner_and_others(1); });
}

TEST(OwnerLock, LetsOneInBesideTwoOthers) {
  expect_none_fails({.preemptions = 2}, [] { owner_and_others(2); });
}

TEST(OwnerLock, LetsOneInWhileTheOwnerComesAndGoes) {
  expect_none_fails({.preemptions = 3}, absent_owner_and_other);
}

/// Its loads of T always give nothing.
template <class Unseen>
struct Blind : detail::StdSync {
  template <class T>
  class Atomic : public detail::Atomic<T> {
   public:
    using detail::Atomic<T>::Atomic;
    T load(std::memory_order order) const noexcept {
      return std::is_same_v<T, Unseen> ? T{} : detail::Atomic<T>::load(order);
    }
  };
};

TEST(OwnerLock, PlantedOwnerThatDoesNotLookIsFound) {
  expect_found({}, [] { owner_and_others<OwnerLock<Blind<std::uint32_t>>>(1); });
}

TEST(OwnerLock, PlantedOtherThatDoesNotWaitIsFound) {
  expect_found({}, [] { owner_and_others<OwnerLock<Blind<bool>>>(1); });
}

TEST(OwnerLock, PlantedClaimInTwoStepsIsFound) {
  expect_found({.torn = Op::kFetchOr}, [] { owner_and_others(2); });
}

TEST(OwnerLock, PlantedAnswerToAClaimThatIsOverIsFound) {
  expect_found({.torn = Op::kCompareExchange}, [] { owner_and_others(2); });
}

}  // namespace
}  // namespace twofold::model
