// twofold-load against servers with one fault each: the fault is named, and no figure is printed.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "run_program.hpp"

namespace twofold::compare {
namespace {

// The timeout is what a hang costs the test; everything else ends at once.
Finished load_against(const std::string& workload, const std::vector<std::string>& server,
                      const std::string& timeout = "2") {
  std::vector<std::string> command = {TWOFOLD_LOAD, workload,  "--timeout",
                                      timeout,      "--param", "connections=4"};
  if (workload == "echo") {
    command.insert(command.end(), {"--param", "message_bytes=64", "--param", "requests=400"});
  } else {
    command.insert(command.end(), {"--param", "stream_bytes=4000", "--param", "chunk_bytes=100",
                                   "--param", "gap_us=1000"});
  }
  command.emplace_back("--");
  command.insert(command.end(), server.begin(), server.end());
  return run_program(command);
}

std::vector<std::string> server_with(const std::string& fault, const std::string& workload) {
  return {FAULTY_SERVER, fault, workload, "4", "6400"};  // 400 requests of 64 bytes, in hex
}

struct Fault {
  const char* workload;
  const char* name;
  const char* detail;  // a part of what twofold-load must say
  const char* check = "failed";
  int exit_status = 3;
};

std::ostream& operator<<(std::ostream& out, const Fault& fault) { return out << fault.name; }

std::string name_of(const testing::TestParamInfo<Fault>& info) { return info.param.name; }

class FaultyServer : public testing::TestWithParam<Fault> {};

TEST_P(FaultyServer, IsDetectedAndNamedAndGivesNoFigure) {
  const Fault& fault = GetParam();
  const Finished finished = load_against(fault.workload, server_with(fault.name, fault.workload));
  EXPECT_EQ(finished.exit_status, fault.exit_status);
  ASSERT_EQ(finished.lines.size(), 1u) << finished.last();
  EXPECT_EQ(finished.last()["check"], fault.check);
  const std::string detail = finished.last().value("detail", "");
  EXPECT_NE(detail.find(fault.detail), std::string::npos) << detail;
}

INSTANTIATE_TEST_SUITE_P(
    Echo, FaultyServer,
    testing::Values(
        Fault{"echo", "sends_a_wrong_byte", "wrong bytes in answer"},
        Fault{"echo", "swaps_two_bytes", "wrong bytes in answer"},
        Fault{"echo", "repeats_an_old_answer", "wrong bytes in answer"},
        Fault{"echo", "sends_too_much", "more bytes than it was sent"},
        Fault{"echo", "sends_more_at_the_end", "after the last answer"},
        Fault{"echo", "loses_a_byte", "the server hangs"},
        Fault{"echo", "closes_early", "connection "}, Fault{"echo", "crashes", "died of signal 6"},
        Fault{"echo", "hangs", "the server hangs"}, Fault{"echo", "exits", "connection "},
        Fault{"echo", "never_listens", "did not say that it listens"},
        Fault{"echo", "ends_before_listening", "exited with status 7"},
        Fault{"echo", "talks_nonsense", "ready to serve!"},
        Fault{"echo", "never_ends", "did not end"}, Fault{"echo", "says_failed", "lost count"},
        Fault{"echo", "says_nothing_at_the_end", "check is ok"},
        Fault{"echo", "fails_after_its_check", "exited with status 9"},
        Fault{"echo", "floods_its_output", "floods"},
        Fault{"echo", "claims_a_wrong_checksum", "checksum"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    ReadToEnd, FaultyServer,
    testing::Values(Fault{"read_to_end", "answers_wrongly", "not the stream's hash"},
                    Fault{"read_to_end", "answers_nothing", "0 of 8 bytes"},
                    Fault{"read_to_end", "answers_too_long", "longer than 8 bytes"},
                    Fault{"read_to_end", "answers_too_early", "before the end of the stream"},
                    Fault{"read_to_end", "closes_early", "connection "},
                    Fault{"read_to_end", "crashes", "died of signal 6"},
                    Fault{"read_to_end", "hangs", "the server hangs"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    PassedOn, FaultyServer,
    testing::Values(Fault{"echo", "says_capped_at_once", "no room at all", "capped", 5},
                    Fault{"echo", "says_capped_when_asked_for_two", "one connection", "capped", 5},
                    Fault{"echo", "says_unsupported", "no sockets here", "unsupported", 4}),
    name_of);

TEST(TwofoldLoad, AcceptsTheSameServerWithoutItsFault) {
  const Finished finished = load_against("echo", server_with("none", "echo"), "20");
  EXPECT_EQ(finished.exit_status, 0);
  EXPECT_EQ(finished.last()["check"], "ok");
}

TEST(TwofoldLoad, SaysSoWhenTheProgramCannotBeStarted) {
  const Finished finished = load_against("echo", {"/nonexistent/server"});
  EXPECT_EQ(finished.exit_status, 3);
  const std::string detail = finished.last().value("detail", "");
  EXPECT_NE(detail.find("exited with status 127"), std::string::npos) << detail;
}

TEST(TwofoldLoad, RefusesBadUsageWithStatusTwo) {
  EXPECT_EQ(run_program({TWOFOLD_LOAD, "nonesuch", "--", "/bin/true"}).exit_status, 2);
  EXPECT_EQ(run_program({TWOFOLD_LOAD, "echo"}).exit_status, 2);
  EXPECT_EQ(run_program({TWOFOLD_LOAD, "echo", "--param", "x=1", "--", "/bin/true"}).exit_status,
            2);
  EXPECT_EQ(run_program({TWOFOLD_LOAD, "echo", "--timeout", "soon", "--", "/bin/true"}).exit_status,
            2);
  EXPECT_EQ(run_program({TWOFOLD_LOAD, "echo", "--param", "connections=0", "--", FAULTY_SERVER,
                         "none", "echo", "4", "0"})
                .exit_status,
            2);
}

}  // namespace
}  // namespace twofold::compare
