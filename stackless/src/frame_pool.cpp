// FramePool: chunks, batches, and what becomes of the lists of a thread that ends.
#include "twofold/stackless/frame_pool.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

namespace twofold {
inline namespace stackless {
namespace coro {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;
constexpr std::size_t kAlignment = 16;

std::atomic<std::size_t> bytes_reserved{0};

}  // namespace

constinit FramePool::FreeBlock FramePool::end{nullptr, kBatch};
constinit FramePool::FreeBlock FramePool::closed_end{nullptr, 0};
constinit thread_local FramePool frame_pool;

// What no thread keeps to itself: batches of free frames by size, and ends of chunks.
class FrameDepot {
 public:
  using Batch = FramePool::Batch;

  constexpr FrameDepot() = default;
  FrameDepot(const FrameDepot&) = delete;
  FrameDepot& operator=(const FrameDepot&) = delete;

  void give(std::size_t list, Batch* batch) noexcept {
    const std::lock_guard held(lock_);
    batch->next_batch = batches_[list];
    batches_[list] = batch;
  }

  [[nodiscard]] Batch* take(std::size_t list) noexcept {
    const std::lock_guard held(lock_);
    Batch* const batch = batches_[list];
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
  Batch* batches_[FramePool::kLists] = {};
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
  if (has_entered_) return;
  has_entered_ = true;
  thread_local FramePoolOwner owner;
  spare_ = new (std::nothrow) Batch*[kLists]();
  free_.fill(&end);
}

void FramePool::leave() noexcept {
  for (std::size_t list = 0; list < kLists; ++list) {
    if (Batch* const batch = take_list(list)) depot.give(list, batch);
    if (spare_ != nullptr && spare_[list] != nullptr) depot.give(list, spare_[list]);
  }
  delete[] std::exchange(spare_, nullptr);
  keep_rest();
  free_ = all_closed();
  has_left_ = true;
}

// All blocks of a list, as a batch; null where it has none.
FramePool::Batch* FramePool::take_list(std::size_t list) noexcept {
  FreeBlock* const first = std::exchange(free_[list], has_left_ ? &closed_end : &end);
  const FreeBlock block = *first;
  if (block.next == nullptr) return nullptr;
  return ::new (static_cast<void*>(first)) Batch{block.next, block.room, nullptr};
}

// Keeps a whole batch; the one that was kept before is for all.
void FramePool::put_aside(Batch* batch, std::size_t list) noexcept {
  if (spare_ != nullptr) batch = std::exchange(spare_[list], batch);
  if (batch != nullptr) depot.give(list, batch);
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
  Batch* batch = spare_ != nullptr ? std::exchange(spare_[list], nullptr) : nullptr;
  if (batch == nullptr) batch = depot.take(list);
  if (batch != nullptr) {
    free_[list] = batch->next;
    if (has_left_) {
      if (Batch* const rest = take_list(list)) depot.give(list, rest);
    }
    return batch;
  }
  const std::size_t rounded = bytes_of(list);
  const bool is_aligned = rounded % kAlignment == 0;
  std::byte* const memory = carve(is_aligned ? rounded : 2 * rounded);
  if (!is_aligned) put_back(memory + rounded, list);
  if (has_left_) keep_rest();
  return memory;
}

// From the chunk, which is and stays aligned.
std::byte* FramePool::carve(std::size_t bytes) {
  while (static_cast<std::size_t>(chunk_end_ - chunk_) < bytes) {
    // What is left of a chunk serves as smaller frames.
    while (static_cast<std::size_t>(chunk_end_ - chunk_) >= kSmallest) {
      const auto rest = std::min(static_cast<std::size_t>(chunk_end_ - chunk_), kLargestPooled);
      deallocate(std::exchange(chunk_, chunk_ + rest), rest);
    }
    if (depot.take_rest(chunk_, chunk_end_)) continue;
    chunk_ = static_cast<std::byte*>(::operator new(kChunkBytes));
    chunk_end_ = chunk_ + kChunkBytes;
    bytes_reserved.fetch_add(kChunkBytes, std::memory_order_relaxed);
  }
  return std::exchange(chunk_, chunk_ + bytes);
}

void FramePool::put_back_slow(void* memory, std::size_t list) noexcept {
  enter();
  if (has_left_) {
    depot.give(list, ::new (memory) Batch{&end, kBatch - 1, nullptr});
    return;
  }
  if (Batch* const batch = take_list(list)) put_aside(batch, list);
  free_[list] = ::new (memory) FreeBlock{&end, kBatch - 1};
}

std::size_t frame_bytes_reserved() noexcept {
  return bytes_reserved.load(std::memory_order_relaxed);
}

}  // namespace coro
}  // namespace stackless
}  // namespace twofold
