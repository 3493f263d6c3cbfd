# need_packages PACKAGE...: makes sure that Debian packages are installed, and is fast when they are.
# Sourced by compare/run and tests/run.

need_packages() {
  local package missing=()
  for package in "$@"; do
    if [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      missing+=("$package")
    fi
  done
  [[ ${#missing[@]} -eq 0 ]] && return 0

  local as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
      echo "twofold: these packages are missing, and only root can install them: ${missing[*]}" >&2
      return 2
    fi
    as_root=(sudo)
  fi
  echo "twofold: installing ${missing[*]}" >&2
  # The lists of packages of a fresh machine are empty or old; its complaints matter only if installing fails.
  "${as_root[@]}" apt-get update -qq >&2 || true
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >&2 || {
    echo "twofold: apt-get could not install: ${missing[*]}" >&2
    return 2
  }
}

# What building twofold and its comparison takes.
build_packages=(
  g++ cmake ninja-build ccache lld git ca-certificates
  libboost1.81-dev libboost-context1.81-dev libboost-fiber1.81-dev
  libcli11-dev libfmt-dev nlohmann-json3-dev node-llhttp)
# What the tests take besides.
test_packages=(libgtest-dev libgmock-dev libbenchmark-dev python3 binutils pkg-config gdb strace valgrind)
# The strangers' clients and servers that the services are tested with.
service_packages=(
  curl wrk nghttp2-client apache2-utils slowhttptest redis-tools iperf3 netcat-openbsd postgresql)
# The other compiler, with its sanitizers, and the archiver that reads its objects of link-time optimization.
clang_packages=(clang-19 lld-19 llvm-19 libclang-rt-19-dev)

# What the documentation is made with, and what reads the sources for faults.
docs_packages=(mkdocs mkdocs-material doxygen)
# (Boost for its header, which one of the sources includes.)
lint_packages=(clang-tidy-19 cppcheck libboost-context1.81-dev)

# use_compiler_cache ROOT: what was compiled before, in this clone or in another, is not compiled again.
use_compiler_cache() {
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
  export CCACHE_BASEDIR=$1 CCACHE_NOHASHDIR=true
}
