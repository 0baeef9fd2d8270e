# Two Debian packages, made by `cpack --preset package`: mlfsc-server (server, weights, systemd unit) and mlfsc (the command), so that an
# inspection station does not need LibTorch.
set(MLFSC_PACKAGE_CONTACT "mlfsc <root@localhost>" CACHE STRING "Maintainer field of the Debian packages")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT ${MLFSC_PACKAGE_CONTACT})
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_COMPONENTS_ALL server client)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
# /etc/mlfsc is outside the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_DEBIAN_CLIENT_PACKAGE_NAME mlfsc)
set(CPACK_DEBIAN_CLIENT_PACKAGE_SECTION science)
set(CPACK_DEBIAN_CLIENT_DESCRIPTION "command of the mlfsc visual-inspection server
 Trains categories of product on a server, scores pictures and draws where they
 depart from good.")

set(CPACK_DEBIAN_SERVER_PACKAGE_NAME mlfsc-server)
set(CPACK_DEBIAN_SERVER_PACKAGE_SECTION science)
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.54)")
set(CPACK_DEBIAN_SERVER_PACKAGE_RECOMMENDS mlfsc)
set(CPACK_DEBIAN_SERVER_DESCRIPTION "visual-inspection server
 Learns what good product looks like and tells over gRPC, for every picture, how
 abnormal it is and where. With the weights that it needs and a systemd unit.")
set(debian ${CMAKE_SOURCE_DIR}/deploy/debian)
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA
  "${debian}/conffiles;${debian}/postinst;${debian}/prerm;${debian}/postrm")

include(CPack)
