// Snippets of the README: several threads.
#include <cstdio>
#include <twofold/twofold.hpp>

namespace {

TF_ASYNC(void) serve() {
  TF_AWAIT(twofold::yield_now());
  std::puts("served");
  TF_RETURN;
}

void run() {
  // [workers]
  twofold::Runtime runtime(
      {.workers = 4});  // 0: one for each core; 1, the default, runs on the caller's thread
  runtime.block_on(serve);
  // [workers]
}

}  // namespace

int main() { run(); }
