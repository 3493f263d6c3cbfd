# The Tokio peer, from Debian's crates (tokio/.cargo/config.toml says where they lie).
set(program "${CMAKE_CURRENT_BINARY_DIR}/cargo-target/release/twofold-peer-tokio")
set(registry /usr/share/cargo/registry)

# Debian's cargo before any other in PATH: its crates are made for its compiler.
find_program(TWOFOLD_CARGO cargo PATHS /usr/bin NO_DEFAULT_PATH DOC "cargo, for the peer in Rust")
find_program(TWOFOLD_CARGO cargo)
find_program(TWOFOLD_RUSTC rustc PATHS /usr/bin NO_DEFAULT_PATH DOC "rustc, for the peer in Rust")
find_program(TWOFOLD_RUSTC rustc)
set(cargo_version "")
set(version "")
if(TWOFOLD_CARGO AND TWOFOLD_RUSTC)
  twofold_version_of(cargo_version "${TWOFOLD_CARGO}" --version)
  twofold_version_of(version "${TWOFOLD_RUSTC}" --version)
endif()
set(missing_crates "")
foreach(crate tokio serde_json libc httparse)
  file(GLOB ${crate}_folders LIST_DIRECTORIES true "${registry}/${crate}-[0-9]*")
  if(NOT ${crate}_folders)
    string(APPEND missing_crates " ${crate}")
  endif()
endforeach()

if(NOT cargo_version OR NOT version)
  twofold_record_missing_peer(tokio "${program}" "there is no cargo or no rustc")
elseif(version VERSION_LESS 1.63)
  twofold_record_missing_peer(tokio "${program}" "Rust ${version} is older than 1.63")
elseif(missing_crates)
  twofold_record_missing_peer(tokio "${program}" "crates are missing in ${registry}:${missing_crates}")
else()
  list(GET tokio_folders 0 tokio_folder)
  string(REGEX REPLACE ".*/tokio-" "" tokio_version "${tokio_folder}")
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tokio/src/*.rs")
  # cargo writes Cargo.lock beside Cargo.toml: that is to happen in the build directory. Nothing is
  # pinned by it, for Debian has one version of each crate.
  set(crate "${CMAKE_CURRENT_BINARY_DIR}/tokio")
  configure_file(tokio/Cargo.toml "${crate}/Cargo.toml" COPYONLY)
  configure_file(tokio/.cargo/config.toml "${crate}/.cargo/config.toml" COPYONLY)
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}/tokio/src" "${crate}/src" SYMBOLIC)
  add_custom_command(OUTPUT "${program}"
    COMMAND "${CMAKE_COMMAND}" -E env --unset=RUSTFLAGS --unset=RUSTC_WRAPPER
      "RUSTC=${TWOFOLD_RUSTC}"
      "CARGO_HOME=${CMAKE_CURRENT_BINARY_DIR}/cargo-home"
      "CARGO_TARGET_DIR=${CMAKE_CURRENT_BINARY_DIR}/cargo-target"
      "${TWOFOLD_CARGO}" build --release --offline --quiet
    # cargo leaves a program alone that it finds up to date.
    COMMAND "${CMAKE_COMMAND}" -E touch "${program}"
    DEPENDS ${sources} "${catalogue}" tokio/Cargo.toml tokio/.cargo/config.toml
    WORKING_DIRECTORY "${crate}"
    COMMENT "Building the Tokio peer"
    VERBATIM)
  twofold_record_peer(tokio "${program}" "Tokio ${tokio_version}, Rust ${version}")
endif()
