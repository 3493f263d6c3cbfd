# The Node peer: nothing to build but a program that starts it.
set(program "${CMAKE_CURRENT_BINARY_DIR}/twofold-peer-node")
find_program(TWOFOLD_NODE NAMES node nodejs DOC "Node, for the peer in JavaScript")
set(version "")
if(TWOFOLD_NODE)
  twofold_version_of(version "${TWOFOLD_NODE}" --version)
endif()

if(NOT version)
  twofold_record_missing_peer(node "${program}" "there is no node command")
elseif(version VERSION_LESS 18)
  twofold_record_missing_peer(node "${program}" "Node ${version} is older than 18")
else()
  # exec, so that the process that is measured is Node itself.
  file(CONFIGURE OUTPUT "${program}" @ONLY CONTENT [[#!/bin/sh
exec "@TWOFOLD_NODE@" "@CMAKE_CURRENT_SOURCE_DIR@/node/main.js" "$@"
]])
  file(CHMOD "${program}" PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  twofold_record_peer(node "${program}" "Node ${version}")
endif()
