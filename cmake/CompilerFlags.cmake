# evergrant_flags: the flags every target of the project is compiled with. Warnings are errors.
add_library(evergrant_flags INTERFACE)
target_compile_options(evergrant_flags INTERFACE
  -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wformat=2 -Wimplicit-fallthrough -Wextra-semi)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside libstdc++ and Boost for code that is right.
  target_compile_options(evergrant_flags INTERFACE -fcoroutines -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
endif()

if(EVERGRANT_SANITIZE)
  target_compile_options(evergrant_flags INTERFACE
    -fsanitize=${EVERGRANT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(evergrant_flags INTERFACE -fsanitize=${EVERGRANT_SANITIZE})
endif()

if(EVERGRANT_FUZZ)
  target_compile_options(evergrant_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(EVERGRANT_COVERAGE)
  target_compile_options(evergrant_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping -O0)
  target_link_options(evergrant_flags INTERFACE -fprofile-instr-generate)
endif()

if(EVERGRANT_HARDEN)
  target_compile_options(evergrant_flags INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fcf-protection=full -fPIE
    -ffunction-sections -fdata-sections)
  target_compile_definitions(evergrant_flags INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(evergrant_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack,--gc-sections)
endif()

if(EVERGRANT_CRASH_POINTS)
  target_compile_definitions(evergrant_flags INTERFACE EVERGRANT_CRASH_POINTS)
endif()

# CMake before 3.29 does not know CMAKE_LINKER_TYPE.
if(CMAKE_VERSION VERSION_LESS 3.29 AND CMAKE_LINKER_TYPE STREQUAL "MOLD")
  target_link_options(evergrant_flags INTERFACE -fuse-ld=mold)
endif()

# Boost.Asio and Boost.Beast are compiled once each, in src/precompiled.cpp and src/net.
target_compile_definitions(evergrant_flags INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)

# Debian 12's yaml-cpp exports `yaml-cpp`, later ones `yaml-cpp::yaml-cpp`.
set(EVERGRANT_YAML yaml-cpp)
