// FramePool: chunks, batches, and what becomes of the lists of a thread that ends.
#include "twofold/stackless/frame_pool.hpp"

#include <atomic>
#include <mutex>
#include <utility>

namespace twofold {
inline namespace stackless {
namespace coro {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

std::atomic<std::size_t> bytes_reserved{0};

}  // namespace

constinit thread_local FramePool frame_pool;

// What no thread keeps to itself: batches of free frames by size, and ends of chunks.
class FrameDepot {
 public:
  using FreeBlock = FramePool::FreeBlock;

  constexpr FrameDepot() = default;
  FrameDepot(const FrameDepot&) = delete;
  FrameDepot& operator=(const FrameDepot&) = delete;

  void give(std::size_t list, FreeBlock* batch) noexcept {
    const std::lock_guard held(lock_);
    batch->next_batch = batches_[list];
    batches_[list] = batch;
  }

  [[nodiscard]] FreeBlock* take(std::size_t list) noexcept {
    const std::lock_guard held(lock_);
    FreeBlock* const batch = batches_[list];
    if (batch != nullptr) batches_[list] = batch->next_batch;
    return batch;
  }

  /// The end of a chunk, at least kSmallest bytes long.
  void give_rest(std::byte* begin, std::byte* end) noexcept {
    const std::lock_guard held(lock_);
    rests_ = ::new (begin) Rest{rests_, end};
  }

  /// False where there is none.
  [[nodiscard]] bool take_rest(std::byte*& begin, std::byte*& end) noexcept {
    const std::lock_guard held(lock_);
    if (rests_ == nullptr) return false;
    begin = reinterpret_cast<std::byte*>(rests_);
    end = rests_->end;
    rests_ = rests_->next;
    return true;
  }

 private:
  struct Rest {
    Rest* next;
    std::byte* end;
  };

  std::mutex lock_;
  FreeBlock* batches_[FramePool::kLists] = {};
  Rest* rests_ = nullptr;
};

namespace {
constinit FrameDepot depot;
}

// Makes the thread's end known to its pool.
class FramePoolOwner {
 public:
  FramePoolOwner() = default;
  FramePoolOwner(const FramePoolOwner&) = delete;
  FramePoolOwner& operator=(const FramePoolOwner&) = delete;
  ~FramePoolOwner() { frame_pool.leave(); }
};

// On the thread's first need, so that a thread which never sees a frame pays nothing. Frames that
// destructors of thread-locals free after leave() go to the depot one by one.
void FramePool::enter() noexcept {
  if (first_depth_ != kNotEntered || has_left_) return;
  thread_local FramePoolOwner owner;
  first_depth_ = 1;
}

void FramePool::leave() noexcept {
  for (std::size_t list = 0; list < kLists; ++list) {
    for (FreeBlock** const from : {&free_[list], &spare_[list]}) {
      if (*from != nullptr) depot.give(list, std::exchange(*from, nullptr));
    }
  }
  keep_rest();
  first_depth_ = kNotEntered;
  has_left_ = true;
}

// The unused end of the chunk goes to whoever needs one.
void FramePool::keep_rest() noexcept {
  if (static_cast<std::size_t>(chunk_end_ - chunk_) >= kSmallest) {
    depot.give_rest(chunk_, chunk_end_);
  }
  chunk_ = chunk_end_ = nullptr;
}

void* FramePool::allocate_slow(std::size_t bytes) {
  const std::size_t list = list_of(bytes);
  if (list >= kLists) return ::operator new(bytes);
  enter();
  FreeBlock* batch = std::exchange(spare_[list], nullptr);
  if (batch == nullptr) batch = depot.take(list);
  if (batch != nullptr) {
    free_[list] = batch->next;
    if (has_left_ && free_[list] != nullptr) depot.give(list, std::exchange(free_[list], nullptr));
    return batch;
  }
  const std::size_t rounded = list * kGranule;
  while (static_cast<std::size_t>(chunk_end_ - chunk_) < rounded) {
    // What is left of a chunk serves as a smaller frame.
    const auto rest = static_cast<std::size_t>(chunk_end_ - chunk_);
    if (rest >= kSmallest) deallocate(std::exchange(chunk_, chunk_end_), rest);
    if (depot.take_rest(chunk_, chunk_end_)) continue;
    chunk_ = static_cast<std::byte*>(::operator new(kChunkBytes));
    chunk_end_ = chunk_ + kChunkBytes;
    bytes_reserved.fetch_add(kChunkBytes, std::memory_order_relaxed);
  }
  void* const memory = std::exchange(chunk_, chunk_ + rounded);
  if (has_left_) keep_rest();
  return memory;
}

void FramePool::deallocate_slow(void* memory, std::size_t bytes) noexcept {
  const std::size_t list = list_of(bytes);
  if (list >= kLists) {
    ::operator delete(memory);
    return;
  }
  enter();
  if (has_left_) {
    depot.give(list, ::new (memory) FreeBlock{nullptr, nullptr, 1});
    return;
  }
  // A whole batch: it is put aside, and the one that was there is for all.
  if (FreeBlock* const batch = std::exchange(free_[list], nullptr)) {
    if (spare_[list] != nullptr) depot.give(list, spare_[list]);
    spare_[list] = batch;
  }
  free_[list] = ::new (memory) FreeBlock{nullptr, nullptr, 1};
}

std::size_t frame_bytes_reserved() noexcept {
  return bytes_reserved.load(std::memory_order_relaxed);
}

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
