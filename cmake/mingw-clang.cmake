# Windows x64 by clang and lld, with mingw-w64's headers and libraries: the second opinion.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)
set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET x86_64-w64-windows-gnu)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_OBJCOPY x86_64-w64-mingw32-objcopy CACHE FILEPATH "llvm-objcopy cannot preserve dates in COFF" FORCE)
# clang does not find Debian's folder of gcc's own libraries (libgcc, libssp).
execute_process(COMMAND x86_64-w64-mingw32-gcc -print-libgcc-file-name
                OUTPUT_VARIABLE libgcc OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
cmake_path(GET libgcc PARENT_PATH libgcc)
foreach(kind EXE SHARED)
    set(CMAKE_${kind}_LINKER_FLAGS_INIT "-fuse-ld=lld -L${libgcc}")
endforeach()
include(${CMAKE_CURRENT_LIST_DIR}/mingw.cmake)
