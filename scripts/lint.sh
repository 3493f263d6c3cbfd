#!/usr/bin/env bash
# Reads the sources for faults: scripts/lint.sh [FILE...], by default all of common, stackless and stackful.
#
# clang-tidy (.clang-tidy says what it is not asked, and why) and cppcheck are clean, and each public header compiles on
# its own for both runtimes. Takes some eight minutes of a processor; JOBS=N says how many it may use, by default all.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/packages.sh
source "$root/scripts/packages.sh"
need_packages "${lint_packages[@]}" "${clang_packages[@]}"
cd "$root"

files=("$@")
[[ ${#files[@]} -gt 0 ]] || mapfile -t files < <(git ls-files 'common/src/*.cpp' 'stackless/src/*.cpp' 'stackful/src/*.cpp')

# flags_for FILE: how the file is compiled, without segmented stacks, which clang has not.
flags_for() {
  local runtime=stackless
  [[ $1 == stackful/* ]] && runtime=stackful
  echo -std=c++20 -Icommon/include "-I$runtime/include" "-I$runtime/door" "-I$runtime/src"
}

tidy() {
  # What it writes to the other stream is how many warnings of the system's headers it kept back.
  # shellcheck disable=SC2046
  clang-tidy-19 --quiet "$1" -- $(flags_for "$1") 2>/dev/null || echo "clang-tidy $1" >>"$faults"
}

# Not compiled, but as what includes it sees it. A header is no program: its `#pragma once` has no
# meaning there, nothing uses its constants, and an inline function that it declares may be defined in the header which includes it.
alone() {
  local runtime=$1 header=$2
  clang++-19 -fsyntax-only -x c++ -std=c++20 -Wall -Wextra -Werror -Wno-pragma-once-outside-header -Wno-unused-const-variable \
    -Wno-undefined-inline -Icommon/include "-I$runtime/include" "-I$runtime/door" "$header" || echo "$header alone, $runtime" >>"$faults"
}

faults=$(mktemp)
trap 'rm -f "$faults"' EXIT
export faults
export -f tidy alone flags_for
jobs=${JOBS:-$(nproc)}
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$jobs" bash -c 'tidy "$1"' _

# Not asked of cppcheck:
#   missingIncludeSystem         it does without the system's headers
#   unknownMacro, syntaxError, internalAstError
#                                Debian's, 2.10, does not read all of C++20
#   legacyUninitvar              it takes an object that placement new made for an uninitialized pointer
#   passedByValue                it reports parameters that are moved from; clang-tidy's check tells them apart
cppcheck --quiet -j "$jobs" --std=c++20 --language=c++ --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
  --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=syntaxError --suppress=internalAstError \
  --suppress=legacyUninitvar --suppress=passedByValue \
  -Icommon/include -Istackful/include -Istackful/door -Istackful/src "${files[@]}" || echo cppcheck >>"$faults"

for runtime in stackless stackful; do
  git ls-files -z "common/include/*.hpp" "$runtime/include/*.hpp" "$runtime/door/*.hpp" |
    xargs -0 -n 1 -P "$jobs" bash -c 'alone "$1" "$2"' _ "$runtime"
done

mapfile -t failed <"$faults"
if ((${#failed[@]})); then
  printf 'twofold: lint: %s\n' "${failed[@]}"
  exit 1
fi
echo "twofold: lint: clean"
