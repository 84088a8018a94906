# Helpers for what ends up on a PC.

# hip_version_resource(TARGET "DESCRIPTION"): a version resource from VERSION.
function(hip_version_resource target description)
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "EXECUTABLE")
        set(filetype VFT_APP)
        set(filename ${target}.exe)
    else()
        set(filetype VFT_DLL)
        set(filename ${target}.dll)
    endif()
    set(rc ${CMAKE_CURRENT_BINARY_DIR}/${target}.version.rc)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/version.rc.in ${rc} @ONLY)
    target_sources(${target} PRIVATE ${rc})
endfunction()

# hip_split_debug(TARGET): debug information goes to bin/TARGET.exe.debug beside it, so that the MSI
# stays small and a crash can still be read.
function(hip_split_debug target)
    if(MSVC)
        return() # a PDB already
    endif()
    # What it was linked of, for installer/sbom.py.
    target_link_options(${target} PRIVATE -Wl,-Map=$<TARGET_FILE_DIR:${target}>/${target}.map)
    set(dates) # GNU's writes the time of day into a program otherwise; LLVM's does not, and knows no such option
    if(CMAKE_C_COMPILER_ID STREQUAL GNU)
        set(dates --preserve-dates)
    endif()
    add_custom_command(TARGET ${target} POST_BUILD
        COMMAND ${CMAKE_OBJCOPY} ${dates} --only-keep-debug $<TARGET_FILE_NAME:${target}> $<TARGET_FILE_NAME:${target}>.debug
        COMMAND ${CMAKE_OBJCOPY} ${dates} --strip-debug --strip-unneeded
                --add-gnu-debuglink=$<TARGET_FILE_NAME:${target}>.debug $<TARGET_FILE_NAME:${target}>
        WORKING_DIRECTORY $<TARGET_FILE_DIR:${target}>
        VERBATIM)
endfunction()
