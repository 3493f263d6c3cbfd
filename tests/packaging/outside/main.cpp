// Parks a thousand tasks, recurses through async calls, and says which runtime it was built for.
#include <cstdio>
#include <functional>
#include <string>
#include <twofold/twofold.hpp>
#include <vector>

namespace {

TF_ASYNC(int) depth(int n) {
  if (n == 0) {
    TF_AWAIT(twofold::yield_now());
    TF_RETURN 0;
  }
  const std::string held = std::to_string(n);
  const int below = TF_AWAIT(depth(n - 1));
  TF_RETURN below + static_cast<int>(held.size() > 0);
}

TF_ASYNC(int) sum_of_depths(int tasks) {
  std::vector<twofold::JoinHandle<int>> handles;
  for (int i = 0; i < tasks; ++i) handles.push_back(twofold::spawn(depth, i));
  int sum = 0;
  for (auto& handle : handles) sum += TF_AWAIT(handle);
  TF_RETURN sum;
}

}  // namespace

int main() {
  std::printf("%s: %d\n", twofold::kRuntimeName, twofold::block_on(sum_of_depths, 1000));
}
