/* A spoke of a later minor than this hub's: its table has more members, which the hub passes over. */
#define spokehub_entry entry_of_plainc
#include "../plainc/plainc.c"
#undef spokehub_entry

static struct
{
    sph_spoke known;
    int32_t (*later)(void *instance);
} newer;

SPH_EXPORT const sph_spoke *spokehub_entry(uint32_t host_abi_major);
SPH_EXPORT const sph_spoke *spokehub_entry(uint32_t host_abi_major)
{
    newer.known = *entry_of_plainc(host_abi_major);
    newer.known.size = sizeof newer;
    newer.known.abi_minor = SPH_ABI_MINOR + 1;
    return &newer.known;
}
