/* Libraries that are no spokes, each for the one reason that its BROKEN_ define names. */
#include "spokehub/abi.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#if defined(BROKEN_NOSYMBOL)
#define ENTRY another_name
#else
#define ENTRY spokehub_entry
#endif

#if defined(BROKEN_JSON)
#define MANIFEST "name: broken"
#elif defined(BROKEN_MANIFEST)
#define MANIFEST "{\"name\": \"Broken!\", \"version\": \"1\", \"verbs\": []}"
#elif defined(BROKEN_NEEDS)
#define MANIFEST "{\"name\": \"broken\", \"version\": \"1\", \"abi\": \"1.999\", \"verbs\": []}"
#else
#define MANIFEST "{\"name\": \"broken\", \"version\": \"1\", \"verbs\": [\"pull\"]}"
#endif

#if defined(BROKEN_CONSTRUCTOR)
__attribute__((constructor)) static void construct(void)
{
    abort();
}
#endif

#if defined(BROKEN_UNDEFINED)
void nobody_has_this(void);
#endif

static int32_t describe(const sph_sink *out)
{
#if defined(BROKEN_CRASH)
    abort();
#elif defined(BROKEN_EXIT)
    exit(7);
#elif defined(BROKEN_UNDEFINED)
    nobody_has_this();
#endif
#if defined(BROKEN_SILENT)
    (void)out;
#else
    const sph_text manifest = {MANIFEST, strlen(MANIFEST)};
    out->put(out->self, SPH_DOC_MANIFEST, manifest);
#endif
    return SPH_DONE;
}

static int32_t open_instance(const sph_host *host, sph_text settings, void **instance, const sph_sink *out)
{
    (void)host;
    (void)settings;
    (void)instance;
    (void)out;
    return SPH_BUG;
}

static void close_instance(void *instance)
{
    (void)instance;
}

static const sph_spoke table = {
#if defined(BROKEN_SMALL)
    .size = offsetof(sph_spoke, translate),
#else
    .size = sizeof(sph_spoke),
#endif
#if defined(BROKEN_MAJOR)
    .abi_major = SPH_ABI_MAJOR + 1,
#elif defined(BROKEN_OLDER)
    .abi_major = SPH_ABI_MAJOR - 1,
#else
    .abi_major = SPH_ABI_MAJOR,
#endif
    .describe = describe,
    .open = open_instance,
    .close = close_instance,
};

SPH_EXPORT const sph_spoke *ENTRY(uint32_t host_abi_major);
SPH_EXPORT const sph_spoke *ENTRY(uint32_t host_abi_major)
{
    const sph_spoke *given = &table;
    (void)host_abi_major;
#if defined(BROKEN_NOTABLE)
    given = NULL;
#endif
    return given;
}
