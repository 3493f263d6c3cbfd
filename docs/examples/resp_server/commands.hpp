// execute(): what each command does, and its reply in RESP2.
//
// A plain function of a command and the store: it never waits.
#pragma once

#include <string>

#include "resp_server/command_parser.hpp"
#include "resp_server/store.hpp"

namespace resp {

/// Appends an error reply. Throws std::bad_alloc, as all of this.
void append_error(std::string& replies, const char* text);

/// Executes `command`, which is not empty, and appends its reply. False: the client asked to be
/// disconnected (QUIT).
bool execute(const Command& command, Store& store, std::string& replies);

}  // namespace resp
