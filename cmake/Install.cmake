# What `cmake --install` puts where, in two components: `server` and `client` (the mlfsc command).
include(GNUInstallDirs)

# As Debian wants manual pages.
function(mlfsc_install_manual page component)
  string(REGEX REPLACE ".*\\." "" section ${page})
  set(compressed ${CMAKE_BINARY_DIR}/generated/man/${page}.gz)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated/man)
  file(ARCHIVE_CREATE OUTPUT ${compressed} PATHS ${CMAKE_SOURCE_DIR}/docs/man/${page} FORMAT raw COMPRESSION GZip COMPRESSION_LEVEL 9)
  install(FILES ${compressed} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT ${component})
endfunction()

install(TARGETS mlfsc RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT client)
mlfsc_install_manual(mlfsc.1 client)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/mlfsc RENAME copyright COMPONENT client)
# client/web/page_files.h, FindPage, looks here. Nothing where it was not built: it needs Node (web/CMakeLists.txt).
install(DIRECTORY ${CMAKE_BINARY_DIR}/share/mlfsc/page DESTINATION ${CMAKE_INSTALL_DATADIR}/mlfsc COMPONENT client OPTIONAL)

if(MLFSC_WITH_TORCH)
  install(TARGETS mlfsc-server RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT server)
  # server/decoders.h, FindDecoder, looks here.
  install(TARGETS mlfsc-decoder RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR} COMPONENT server)
  # server/options.h, FindBackbone, looks here.
  install(FILES models/vgg16/vgg16-imagenet.fp16.safetensors DESTINATION ${CMAKE_INSTALL_DATADIR}/mlfsc COMPONENT server)
  mlfsc_install_manual(mlfsc-server.8 server)
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/mlfsc-server RENAME copyright COMPONENT server)
  install(FILES NOTICE docs/operations.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/mlfsc-server COMPONENT server)
  install(FILES models/vgg16/README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/mlfsc-server RENAME weights.md COMPONENT server)

  configure_file(deploy/systemd/mlfsc-server.service.in ${CMAKE_BINARY_DIR}/generated/mlfsc-server.service @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/generated/mlfsc-server.service DESTINATION lib/systemd/system COMPONENT server)
  install(FILES deploy/systemd/server.conf DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/mlfsc COMPONENT server)
endif()
