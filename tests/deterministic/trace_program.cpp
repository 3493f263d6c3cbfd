// Prints the traces of programs that seeds make up: one line with a digest for each of a range of
// seeds, or the whole trace of one.
//
//     trace-stackful 0 1000      seeds 0 to 999
//     trace-stackful 17          the trace of seed 17
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "random_program.hpp"

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr,
                 "usage: %s SEED        the trace of one seed\n"
                 "       %s FROM TO     a digest for each seed from FROM to before TO\n",
                 argv[0], argv[0]);
    return 2;
  }
  const std::uint64_t from = std::strtoull(argv[1], nullptr, 0);
  if (argc == 2) {
    const twofold::test::Trace trace = twofold::test::run_program(from);
    for (const std::string& line : trace.lines()) std::puts(line.c_str());
    return 0;
  }
  const std::uint64_t to = std::strtoull(argv[2], nullptr, 0);
  for (std::uint64_t seed = from; seed < to; ++seed) {
    const twofold::test::Trace trace = twofold::test::run_program(seed);
    std::printf("%" PRIu64 " %016" PRIx64 " %zu\n", seed, trace.digest(), trace.lines().size());
  }
  return 0;
}
