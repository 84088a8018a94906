# Third-party libraries as imported targets hip_mariadb, hip_sqlite, hip_cjson, hip_zlib, hip_cmocka, and on the
# host hip_curl and hip_crypto.
# For Windows they are cmake/deps.sh's static ones (or vcpkg's, which put themselves in the search path);
# on the host Debian's -dev packages. HIPBRIDGE_DEPS is the list of what was built in.
set(HIPBRIDGE_DEPS_DIR "" CACHE PATH "What cmake/deps.sh has built")
set(HIPBRIDGE_DEPS "")

if(HIPBRIDGE_DEPS_DIR)
    set(versions ${HIPBRIDGE_DEPS_DIR}/versions)
    if(NOT EXISTS ${HIPBRIDGE_DEPS_DIR}/stamp)
        message(FATAL_ERROR "The libraries for Windows are not built yet: run cmake/deps.sh")
    endif()
    if(NOT EXISTS ${HIPBRIDGE_DEPS_DIR}/windows/lib/libz.a)
        execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/deps-zlib.sh COMMAND_ERROR_IS_FATAL ANY)
    endif()
    list(PREPEND CMAKE_FIND_ROOT_PATH ${HIPBRIDGE_DEPS_DIR}/windows)
    file(STRINGS ${versions} HIPBRIDGE_DEPS)
    list(JOIN HIPBRIDGE_DEPS ", " HIPBRIDGE_DEPS)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${versions})
endif()

# hip_library(TARGET HEADER file [SUFFIXES folder...] NAMES library... [LINK its own libraries...])
function(hip_library name)
    cmake_parse_arguments(arg "" "HEADER" "SUFFIXES;NAMES;LINK" ${ARGN})
    string(TOUPPER ${name} upper)
    find_path(${upper}_INCLUDE ${arg_HEADER} PATH_SUFFIXES ${arg_SUFFIXES} REQUIRED)
    find_library(${upper}_LIBRARY NAMES ${arg_NAMES} REQUIRED)
    add_library(${name} UNKNOWN IMPORTED GLOBAL) # imported: its headers count as system headers
    set_target_properties(${name} PROPERTIES
        IMPORTED_LOCATION ${${upper}_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${${upper}_INCLUDE}
        INTERFACE_LINK_LIBRARIES "${arg_LINK}")
endfunction()

if(WIN32)
    set(mariadb_system secur32 ws2_32 crypt32 bcrypt shlwapi version advapi32)
    if(MINGW)
        list(APPEND mariadb_system ssp) # after the library that asks for it
        set(sqlite_system ssp)
    endif()
else()
    set(sqlite_system pthread dl m)
    hip_library(hip_curl HEADER curl/curl.h NAMES curl)
    hip_library(hip_crypto HEADER openssl/hmac.h NAMES crypto)
endif()
hip_library(hip_mariadb HEADER mysql.h SUFFIXES mariadb mysql
    NAMES mariadbclient libmariadb mariadb LINK ${mariadb_system})
hip_library(hip_sqlite HEADER sqlite3.h NAMES sqlite3 LINK ${sqlite_system})
hip_library(hip_cjson HEADER cjson/cJSON.h NAMES cjson)
hip_library(hip_zlib HEADER zlib.h NAMES z zlib)
hip_library(hip_cmocka HEADER cmocka.h NAMES cmocka)
