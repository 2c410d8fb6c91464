# libphonenumber brings no CMake package: the target PhoneNumber::phonenumber from its headers and library. Where its -dev
# package cannot be installed beside our Boost, scripts/install-dependencies.sh has unpacked the headers into .packages.
find_path(PHONE_NUMBER_INCLUDE_DIR phonenumbers/phonenumberutil.h HINTS "${PROJECT_SOURCE_DIR}/.packages/usr/include")
find_library(PHONE_NUMBER_LIBRARY NAMES phonenumber libphonenumber.so.8)
find_library(PHONE_NUMBER_PROTOBUF_LIBRARY protobuf)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(PhoneNumber
  REQUIRED_VARS PHONE_NUMBER_LIBRARY PHONE_NUMBER_INCLUDE_DIR PHONE_NUMBER_PROTOBUF_LIBRARY)

if(PhoneNumber_FOUND AND NOT TARGET PhoneNumber::phonenumber)
  add_library(PhoneNumber::phonenumber UNKNOWN IMPORTED)
  set_target_properties(PhoneNumber::phonenumber PROPERTIES
    IMPORTED_LOCATION "${PHONE_NUMBER_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${PHONE_NUMBER_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${PHONE_NUMBER_PROTOBUF_LIBRARY}")
endif()
mark_as_advanced(PHONE_NUMBER_INCLUDE_DIR PHONE_NUMBER_LIBRARY PHONE_NUMBER_PROTOBUF_LIBRARY)
