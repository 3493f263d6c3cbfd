# What `cmake --install` puts where: both runtimes, their headers, the CMake package, pkg-config files; and CPack.
#
# Everything is relative to the prefix, so that an installed tree may be moved; the pkg-config files alone name it.
# `--component base` and one of `stackless` and `stackful` install one runtime.
include(CMakePackageConfigHelpers)

set(TWOFOLD_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/twofold")
set(TWOFOLD_INSTALLED_OPTIONS "${CMAKE_INSTALL_LIBDIR}/twofold/foreign_symbols.ld")

install(DIRECTORY common/include/ stackless/include/ stackful/include/
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT base FILES_MATCHING PATTERN "*.hpp")

foreach(runtime IN ITEMS stackless stackful)
  install(DIRECTORY ${runtime}/door/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/twofold-${runtime}"
    COMPONENT ${runtime})
  install(TARGETS twofold_${runtime} EXPORT twofold-${runtime}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${runtime}
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${runtime})
  install(EXPORT twofold-${runtime} FILE twofold-${runtime}-targets.cmake NAMESPACE twofold::
    DESTINATION "${TWOFOLD_CMAKE_DIR}" COMPONENT ${runtime})

  set(pc_compile "")
  set(pc_link "")
  if(runtime STREQUAL "stackless" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(pc_compile " -foptimize-sibling-calls")
  elseif(runtime STREQUAL "stackful" AND TWOFOLD_STACK STREQUAL "segmented")
    list(JOIN TWOFOLD_SEGMENTED_OPTIONS " " pc_compile)
    string(PREPEND pc_compile " ")
    set(pc_link " -fuse-ld=${TWOFOLD_SEGMENTED_LINKER} -Wl,@\${prefix}/${TWOFOLD_INSTALLED_OPTIONS}")
  endif()
  if(runtime STREQUAL "stackful" AND TWOFOLD_SWITCH STREQUAL "boost")
    string(APPEND pc_link " -lboost_context")
  endif()
  # The prefix is known when it is installed, not before: `cmake --install --prefix` changes it.
  configure_file(cmake/twofold.pc.in "${PROJECT_BINARY_DIR}/twofold-${runtime}.pc.in" @ONLY)
  install(CODE "
    file(READ \"${PROJECT_BINARY_DIR}/twofold-${runtime}.pc.in\" text)
    string(REPLACE \"prefix=${CMAKE_INSTALL_PREFIX}\\n\" \"prefix=\${CMAKE_INSTALL_PREFIX}\\n\" text \"\${text}\")
    file(WRITE \"${PROJECT_BINARY_DIR}/twofold-${runtime}.pc\" \"\${text}\")" COMPONENT ${runtime})
  install(FILES "${PROJECT_BINARY_DIR}/twofold-${runtime}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
    COMPONENT ${runtime})
endforeach()

if(TWOFOLD_STACK STREQUAL "segmented")
  install(FILES "${TWOFOLD_FOREIGN_OPTIONS}" DESTINATION "${CMAKE_INSTALL_LIBDIR}/twofold" COMPONENT base)
endif()

configure_package_config_file(cmake/twofold-config.cmake.in "${PROJECT_BINARY_DIR}/twofold-config.cmake"
  INSTALL_DESTINATION "${TWOFOLD_CMAKE_DIR}" PATH_VARS TWOFOLD_INSTALLED_OPTIONS)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/twofold-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/twofold-config.cmake" "${PROJECT_BINARY_DIR}/twofold-config-version.cmake"
  cmake/TwofoldSegmented.cmake cmake/generate_thunks.cmake cmake/foreign_thunks.S.in
  DESTINATION "${TWOFOLD_CMAKE_DIR}" COMPONENT base)
install(FILES scripts/twofold-gdb.py DESTINATION "${CMAKE_INSTALL_DATADIR}/twofold/gdb" COMPONENT base)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT base)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME libtwofold-dev)
set(CPACK_PACKAGE_CONTACT "the twofold authors <twofold@example.org>")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "g++ (>= 4:12), lld")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)
