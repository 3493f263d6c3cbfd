// Snippets of docs/guides/stacks.md.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <twofold/twofold.hpp>
#include <vector>

namespace {

int compare_numbers(const void* a, const void* b) {
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

// [big_stack]
// A function of a library that may take more than 128 KiB of stack.
using Sort = void (*)(void*, std::size_t, std::size_t, int (*)(const void*, const void*));

void sort_with(Sort sort, std::vector<int>& numbers) {
  twofold::on_big_stack(
      [&] { sort(numbers.data(), numbers.size(), sizeof(int), &compare_numbers); });
}
// [big_stack]

void run() {
  std::vector<int> numbers = {3, 1, 2};
  sort_with(&std::qsort, numbers);
  std::printf("%s\n", std::is_sorted(numbers.begin(), numbers.end()) ? "sorted" : "not sorted");
}

}  // namespace

int main() { twofold::block_on(run); }
