# The Go peer. It has no dependencies but Go's own library.
set(program "${CMAKE_CURRENT_BINARY_DIR}/twofold-peer-go")
find_program(TWOFOLD_GO go DOC "The go command, for the peer in Go")
set(version "")
if(TWOFOLD_GO)
  twofold_version_of(version "${TWOFOLD_GO}" version)
endif()

if(NOT version)
  twofold_record_missing_peer(go "${program}" "there is no go command")
elseif(version VERSION_LESS 1.19)
  twofold_record_missing_peer(go "${program}" "Go ${version} is older than 1.19")
else()
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/go/*.go")
  add_custom_command(OUTPUT "${program}"
    COMMAND "${CMAKE_COMMAND}" -E env
      "GOCACHE=${CMAKE_CURRENT_BINARY_DIR}/go-cache" "GOPATH=${CMAKE_CURRENT_BINARY_DIR}/go-path"
      GOFLAGS=-mod=mod GOPROXY=off GOENV=off GOTOOLCHAIN=local CGO_ENABLED=0
      "${TWOFOLD_GO}" build -trimpath -buildvcs=false -o "${program}" ./go
    DEPENDS ${sources} "${catalogue}" catalogue/stacks.json catalogue/catalogue.go go.mod
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    COMMENT "Building the Go peer"
    VERBATIM)
  twofold_record_peer(go "${program}" "Go ${version}")
endif()
