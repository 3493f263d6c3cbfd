// twofold-build-probes --compiler COMPILER ...: the rest of the command line as for every measured
// program.
#include <array>
#include <cstdio>
#include <string_view>

#include "build/probes.hpp"

namespace twofold::compare {
namespace {
std::string compiler = "c++";
}  // namespace

const std::string& chosen_compiler() { return compiler; }

}  // namespace twofold::compare

int main(int argc, char** argv) {
  using namespace twofold::compare;
  if (argc > 2 && std::string_view(argv[1]) == "--compiler") {
    compiler = argv[2];
    argv[2] = argv[0];
    argv += 2;
    argc -= 2;
  }
  const std::array probes = {coroutine_frame_probe(), symmetric_transfer_probe(),
                             code_size_probe(),       compile_time_probe(),
                             prologue_check_probe(),  thread_local_probe(),
                             language_probe(),        dangling_reference_probe()};
  return protocol_main(argc, argv, probes);
}
