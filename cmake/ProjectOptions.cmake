# How every target of the project is compiled. `mlfsc_library` and `mlfsc_executable` attach it; nothing is global but the
# language level and the output folders.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

set(MLFSC_SANITIZE "" CACHE STRING "Sanitizers for every target, as -fsanitize takes them: address,undefined or thread")
set(MLFSC_CLANG_TIDY "OFF" CACHE STRING "What clang-tidy looks at while it is compiled: OFF, product, tests or all")
if(MLFSC_CLANG_TIDY)
  find_program(CLANG_TIDY NAMES clang-tidy-14 clang-tidy REQUIRED)
endif()

add_library(mlfsc_warnings INTERFACE)
target_compile_options(mlfsc_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align -Werror
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wno-unused-lambda-capture>)

add_library(mlfsc_sanitizers INTERFACE)
if(MLFSC_SANITIZE)
  target_compile_options(mlfsc_sanitizers INTERFACE
    -fsanitize=${MLFSC_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(mlfsc_sanitizers INTERFACE -fsanitize=${MLFSC_SANITIZE})
  # GCC warns of the standard library's own code there (std::regex), as its manual says of sanitizers.
  target_compile_options(mlfsc_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()

add_library(mlfsc_hardening INTERFACE)
target_compile_options(mlfsc_hardening INTERFACE -fstack-protector-strong)
if(NOT MLFSC_SANITIZE)
  target_compile_definitions(mlfsc_hardening INTERFACE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()
target_link_options(mlfsc_hardening INTERFACE -Wl,-z,relro -Wl,-z,now)

add_library(mlfsc_options INTERFACE)
target_include_directories(mlfsc_options INTERFACE ${CMAKE_SOURCE_DIR})
target_link_libraries(mlfsc_options INTERFACE mlfsc_warnings mlfsc_sanitizers mlfsc_hardening)

function(mlfsc_finish target)
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  # Release's -O3 is for what computes and for what times it. Without it the client and the server compile a quarter faster, tests a third.
  if(folder MATCHES "^(client|server)(/|$)")
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O2>)
  elseif(folder MATCHES "^tests(/|$)" AND NOT folder MATCHES "^tests/(bench|load)(/|$)")
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  set(part product)
  if(folder MATCHES "^tests(/|$)")
    set(part tests)
  endif()
  if(MLFSC_CLANG_TIDY STREQUAL part OR MLFSC_CLANG_TIDY STREQUAL "all")
    set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY "${CLANG_TIDY}")
  endif()
endfunction()

# mlfsc_library(NAME SOURCES a.cc ... LIBS lib ...): a static library; LIBS are public.
function(mlfsc_library target)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${target} STATIC ${ARG_SOURCES})
  target_link_libraries(${target} PUBLIC ${ARG_LIBS} PRIVATE mlfsc_options)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
  mlfsc_finish(${target})
endfunction()

# mlfsc_executable(NAME SOURCES a.cc ... LIBS lib ...): a binary in <build>/bin.
function(mlfsc_executable target)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE ${ARG_LIBS} mlfsc_options)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_options(${target} PRIVATE -pie)
  mlfsc_finish(${target})
endfunction()
