// timeout: gives up waiting for what takes too long.
//
// timeout(duration, future) gives nothing where the time ran out first; the future is cancelled
// then: the destructors of what it ran have run when the answer is here.
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <twofold/twofold.hpp>
#include <utility>

namespace {

using namespace std::chrono_literals;

class Kitchen {
 public:
  explicit Kitchen(std::string dish) : dish_(std::move(dish)) {}
  Kitchen(const Kitchen&) = delete;
  Kitchen& operator=(const Kitchen&) = delete;
  ~Kitchen() { std::printf("  the %s is cleared away\n", dish_.c_str()); }
  [[nodiscard]] const std::string& dish() const { return dish_; }

 private:
  std::string dish_;
};

TF_ASYNC(std::string) cook(std::string dish, std::chrono::milliseconds needed) {
  const Kitchen kitchen(std::move(dish));
  TF_AWAIT(twofold::sleep(needed));
  TF_RETURN "hot " + kitchen.dish();
}

TF_ASYNC(void) order(std::string dish, std::chrono::milliseconds needed) {
  std::printf("%s, please\n", dish.c_str());
  const std::optional<std::string> served =
      TF_AWAIT(twofold::timeout(200ms, twofold::async(cook, std::move(dish), needed)));
  std::printf("%s\n", served ? ("thank you for the " + *served).c_str() : "too late");
  TF_RETURN;
}

TF_ASYNC(void) dine() {
  TF_AWAIT(order("soup", 1ms));
  TF_AWAIT(order("roast", 1h));
  TF_RETURN;
}

}  // namespace

int main() { twofold::block_on(dine); }
