#include <twofold/sync/rwlock.hpp>

#include <thread>

#include "sync_test_support.hpp"

using namespace std::chrono_literals;
using twofold::RwLock;
using twofold::test::abort_all;
using twofold::test::settle;

namespace {

TEST(RwLock, lets_readers_in_together_and_writers_alone) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    RwLock lock;
    int readers = 0;
    int writers = 0;
    int most_readers = 0;
    std::vector<twofold::JoinHandle<void>> tasks;
    for (int i = 0; i < 40; ++i) {
      tasks.push_back(twofold::spawn([&, i]() -> TF_ASYNC(void) {
        if (i % 8 == 0) {
          const auto guard = TF_AWAIT(lock.write());
          EXPECT_EQ(writers++ + readers, 0);
          TF_AWAIT(twofold::yield_now());
          --writers;
        } else {
          const auto guard = TF_AWAIT(lock.read());
          most_readers = std::max(most_readers, ++readers);
          EXPECT_EQ(writers, 0);
          TF_AWAIT(twofold::yield_now());
          --readers;
        }
        TF_RETURN;
      }));
    }
    for (auto& task : tasks) TF_AWAIT(task);
    EXPECT_GT(most_readers, 1);
    EXPECT_TRUE(lock.try_write().has_value());
    TF_RETURN;
  });
}

TEST(RwLock, does_not_starve_a_writer_and_frees_the_readers_behind_one_that_gives_up) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    RwLock lock;
    auto reading = TF_AWAIT(lock.read());
    auto writer = twofold::spawn([&]() -> TF_ASYNC(void) {
      const auto guard = TF_AWAIT(lock.write());
      TF_RETURN;
    });
    TF_AWAIT(settle());
    EXPECT_FALSE(lock.try_read().has_value());
    auto reader = twofold::spawn([&]() -> TF_ASYNC(void) {
      const auto guard = TF_AWAIT(lock.read());
      TF_RETURN;
    });
    TF_AWAIT(settle());
    EXPECT_FALSE(reader.is_finished());
    writer.abort();
    TF_AWAIT(reader);
    EXPECT_FALSE(lock.try_write().has_value());
    reading.unlock();
    EXPECT_TRUE(lock.try_write().has_value());
    TF_RETURN;
  });
}

TEST(RwLock, survives_ten_thousand_aborted_waiters) {
  twofold::block_on([]() -> TF_ASYNC(void) {
    RwLock lock;
    std::vector<twofold::JoinHandle<void>> tasks;
    {
      const auto guard = TF_AWAIT(lock.write());
      for (int i = 0; i < 10'000; ++i) {
        tasks.push_back(twofold::spawn([&, i]() -> TF_ASYNC(void) {
          if (i % 3 == 0) {
            const auto writing = TF_AWAIT(lock.write());
          } else {
            const auto reading = TF_AWAIT(lock.read());
          }
          TF_RETURN;
        }));
      }
      TF_AWAIT(settle());
      TF_AWAIT(abort_all(tasks));
    }
    EXPECT_TRUE(lock.try_write().has_value());
    TF_RETURN;
  });
}

TEST(RwLock, works_between_two_runtimes_on_two_threads) {
  RwLock lock;
  long count = 0;
  auto work = [&]() {
    twofold::block_on([&]() -> TF_ASYNC(void) {
      for (int i = 0; i < 10'000; ++i) {
        if (i % 4 == 0) {
          const auto guard = TF_AWAIT(lock.write());
          ++count;
        } else {
          const auto guard = TF_AWAIT(lock.read());
          EXPECT_GE(count, 0);
        }
      }
      TF_RETURN;
    });
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(count, 5'000);
}

}  // namespace
