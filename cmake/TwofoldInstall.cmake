# What `cmake --install` puts where: both runtimes, their headers, the CMake package, pkg-config files; and CPack.
#
# Everything is relative to the prefix, so that an installed tree may be moved. `--component base` and one of
# `stackless` and `stackful` install one runtime.
include(CMakePackageConfigHelpers)

set(TWOFOLD_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/twofold")
set(TWOFOLD_INSTALLED_OPTIONS "${CMAKE_INSTALL_LIBDIR}/twofold/foreign_symbols.ld")

# Where a pkg-config file finds the rest. A distribution may give folders of its own for libraries and headers.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(pc_libdir "${CMAKE_INSTALL_LIBDIR}")
else()
  file(RELATIVE_PATH to_prefix "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
  string(REGEX REPLACE "/$" "" to_prefix "${to_prefix}")
  set(pc_prefix "\${pcfiledir}/${to_prefix}")
  set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
else()
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
set(pc_private "")
foreach(library IN LISTS CMAKE_DL_LIBS)
  string(APPEND pc_private " -l${library}")
endforeach()

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
    list(JOIN TWOFOLD_SEGMENTED_LINK_OPTIONS " " pc_link)
    string(PREPEND pc_link " -fuse-ld=${TWOFOLD_SEGMENTED_LINKER} ")
    string(APPEND pc_link " -Wl,@\${libdir}/twofold/foreign_symbols.ld")
  endif()
  if(runtime STREQUAL "stackful" AND TWOFOLD_SWITCH STREQUAL "boost")
    string(APPEND pc_link " -lboost_context")
  endif()
  configure_file(cmake/twofold.pc.in "${PROJECT_BINARY_DIR}/twofold-${runtime}.pc" @ONLY)
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

# Of a project that takes twofold in, packages are its own affair.
if(PROJECT_IS_TOP_LEVEL)
  set(CPACK_GENERATOR DEB)
  set(CPACK_PACKAGE_NAME libtwofold-dev)
  # Who builds the package, as Debian's tools are told.
  if(DEFINED ENV{DEBEMAIL})
    set(CPACK_PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
  else()
    set(CPACK_PACKAGE_CONTACT "whoever built this package <root@localhost>")
  endif()
  set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
  # What a program that links the library is built with.
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "g++ (>= 4:12)")
  if(TWOFOLD_STACK STREQUAL "segmented" AND TWOFOLD_SEGMENTED_LINKER STREQUAL "lld")
    string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS ", lld")
  endif()
  if(TWOFOLD_SWITCH STREQUAL "boost")
    string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS ", libboost-context1.81-dev | libboost-context-dev (>= 1.81)")
  endif()
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  include(CPack)
endif()
