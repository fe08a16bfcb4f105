# What authors build spokes with, in this tree and outside of it.

# spokehub_add_spoke(name [LIBS ...]): all sources of the current folder make <build>/spokes/<name>.so, which exports
# spokehub_entry and nothing else. The target is spoke_<name>.
function(spokehub_add_spoke name)
    cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
    add_library(spoke_${name} MODULE ${sources})
    set_target_properties(spoke_${name} PROPERTIES
        OUTPUT_NAME ${name} PREFIX "" SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/spokes
        C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    target_link_libraries(spoke_${name} PRIVATE Spokehub::sdk ${arg_LIBS})
    if(TARGET spokehub_options) # this tree's own warnings and sanitizers
        target_link_libraries(spoke_${name} PRIVATE spokehub_options)
        if(SPOKEHUB_SANITIZE MATCHES "undefined") # it asks the kernel which memory can be read; a confined process may not
            target_link_libraries(spoke_${name} PRIVATE spokehub_without_vptr)
        endif()
    else()
        target_compile_options(spoke_${name} PRIVATE -Wall -Wextra $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
    endif()
    target_link_options(spoke_${name} PRIVATE -Wl,--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/spoke.map -Wl,--exclude-libs,ALL)
endfunction()

# spokehub_certify(name FIXTURES folder): the target `certify` lets spokehub-check try the spoke.
function(spokehub_certify name)
    cmake_parse_arguments(arg "" "FIXTURES" "" ${ARGN})
    find_program(SPOKEHUB_CHECK spokehub-check HINTS ${PACKAGE_PREFIX_DIR}/bin ${SPOKEHUB_SDK_BIN})
    if(NOT SPOKEHUB_CHECK)
        set(SPOKEHUB_CHECK ${CMAKE_COMMAND} -E echo "spokehub-check is not installed: no certificate;" COMMAND false)
    endif()
    add_custom_target(certify COMMAND ${SPOKEHUB_CHECK} $<TARGET_FILE:spoke_${name}> --fixtures ${arg_FIXTURES}
        WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} DEPENDS spoke_${name} USES_TERMINAL)
endfunction()
