# hip_options: how every file of our own is compiled and linked.
option(HIPBRIDGE_SANITIZE "Address and undefined behaviour sanitizers" OFF)
option(HIPBRIDGE_UNIT "Build the unit tests" ON)
option(HIPBRIDGE_FUZZ "Link the fuzz targets with libFuzzer (clang)" OFF)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

add_library(hip_options INTERFACE)
target_compile_definitions(hip_options INTERFACE HIPBRIDGE_VERSION="${PROJECT_VERSION}")

if(MSVC)
    target_compile_options(hip_options INTERFACE /utf-8 /W4 /WX /sdl /permissive- /guard:cf)
    target_compile_definitions(hip_options INTERFACE _CRT_SECURE_NO_WARNINGS)
else()
    target_compile_options(hip_options INTERFACE
        -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
        -Wwrite-strings -Wvla -fstack-protector-strong
        # No trace of the folder it was built in: the same sources give the same bytes.
        -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffile-prefix-map=${PROJECT_BINARY_DIR}=build
        $<$<BOOL:${HIPBRIDGE_DEPS_DIR}>:-ffile-prefix-map=${HIPBRIDGE_DEPS_DIR}=deps>)
endif()

if(WIN32)
    target_compile_definitions(hip_options INTERFACE
        UNICODE _UNICODE WIN32_LEAN_AND_MEAN _WIN32_WINNT=0x0A00 __USE_MINGW_ANSI_STDIO=1)
    if(NOT MSVC)
        # Static throughout: no DLL beside Windows' own.
        target_link_options(hip_options INTERFACE
            -static -Wl,--dynamicbase,--high-entropy-va,--nxcompat,--no-insert-timestamp)
        target_link_libraries(hip_options INTERFACE ssp) # the stack protector's, which clang leaves out
    endif()
else()
    # -std=c17 alone hides POSIX.
    target_compile_definitions(hip_options INTERFACE _DEFAULT_SOURCE _FILE_OFFSET_BITS=64)
endif()

if(HIPBRIDGE_SANITIZE)
    set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_options(hip_options INTERFACE ${sanitize})
    target_link_options(hip_options INTERFACE ${sanitize})
endif()

if(HIPBRIDGE_FUZZ)
    target_compile_options(hip_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
