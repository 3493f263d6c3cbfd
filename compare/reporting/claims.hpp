// The claim ledger judged: what is said of stackful and stackless coroutines, put to the test by a
// run.
//
// Used by the driver and by `twofold-report` once a run is summarized. The form of a ledger is
// described in ledger.hpp; judged entries are its definitions with what came of them, so that they
// can be judged again from results.json alone.
#pragma once

#include <string>
#include <vector>

#include "reporting/results.hpp"

namespace twofold::compare {

/// Gives each claim in `results.claims` and each of its parts a verdict:
///   supported, refuted   the whole 95 % interval is on that side of the threshold
///   no difference        a ratio whose interval lies within 5 % of 1, where that refutes the claim
///                        or the claim is that one of the two is larger
///   noise-limited        the interval holds the threshold, or there are fewer than four samples
///                        (one is enough for counts that no noise moves)
///   capped, failed       what was to be measured hit a limit, or went wrong
///   not measurable here  for the reason that the ledger or the variant gives
///   not in this run      the command says how to get it
/// A claim whose parts differ is "supported in part" where some are supported and some refuted, and
/// otherwise as uncertain as its least certain part. Adds `metric`, `interval` and `command`.
/// Precondition: summarize() has been called.
void evaluate_claims(Results& results);

/// How many claims came out how: "43 claims: 12 supported, 5 refuted, ...". Empty without claims.
[[nodiscard]] std::string claims_sentence(const Results& results);

/// The numbers of the claims that came out so, a line for each verdict. Empty without claims.
[[nodiscard]] std::vector<std::string> claims_lines(const Results& results);

/// What a part's figure is: "stackful echo(connections=100).cpu_s_per_mop / stackless ...".
[[nodiscard]] std::string claim_part_source(const Json& part);

/// Whole numbers as such, others to three digits.
[[nodiscard]] std::string claim_number(double value);

/// What a part claims of its figure: "at least 2".
[[nodiscard]] std::string claim_bound(const Json& part);

}  // namespace twofold::compare
