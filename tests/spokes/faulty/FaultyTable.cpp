// The entry of the spoke, and the faults that lie in the table itself.
#include "Fault.h"
#include "FaultySpoke.h"

#include <cstddef>

namespace faulty
{

namespace
{

using spokehub::detail::Border;

const sph_spoke& sound()
{
    return *Border<FaultySpoke>::table();
}

std::int32_t describeTwice(const sph_sink* out)
{
    sound().describe(out);
    return sound().describe(out);
}

std::int32_t openNever(const sph_host*, sph_text, void** instance, const sph_sink* out)
{
    *instance = nullptr;
    const std::string problem = R"({"reason": "the shop cannot be reached"})";
    out->put(out->self, SPH_DOC_PROBLEM, {problem.data(), problem.size()});
    return SPH_RETRY;
}

std::int32_t openOfEqualSize(const sph_host* host, sph_text settings, void** instance,
                             const sph_sink* out)
{
    if (host->size == sizeof(sph_host))
        return sound().open(host, settings, instance, out);
    *instance = nullptr;
    return SPH_BUG;
}

std::int32_t openAnything(const sph_host* host, sph_text settings, void** instance,
                          const sph_sink* out)
{
    const std::string usual = R"({"shop": "corner"})";
    const bool object = settings.size > 2 && settings.data[settings.size - 1] == '}';
    return sound().open(host, object ? settings : sph_text{usual.data(), usual.size()}, instance,
                        out);
}

std::int32_t acceptTwice(void* instance, const sph_request* request, const sph_accept_sink* out)
{
    sound().accept(instance, request, out);
    return sound().accept(instance, request, out);
}

/// Finds only headers whose names are spelt as in the shop's manual.
std::int32_t acceptAsSpelt(void* instance, const sph_request* request, const sph_accept_sink* out)
{
    std::vector<sph_header> headers;
    for (std::uint64_t i = 0; i < request->header_count; ++i)
        if (spokehub::detail::view(request->headers[i].name).substr(0, 9) == "X-Faulty-")
            headers.push_back(request->headers[i]);
    sph_request part = *request;
    part.headers = headers.data();
    part.header_count = headers.size();
    return sound().accept(instance, &part, out);
}

const void* anyExtension(sph_text)
{
    return &sound();
}

sph_spoke made()
{
    sph_spoke table = sound();
    if (has("load.major_fits"))
        table.abi_major = SPH_ABI_MAJOR + 1;
    if (has("load.size_fits"))
        table.size = offsetof(sph_spoke, translate);
    if (has("load.has_describe_open_close"))
        table.close = nullptr;
    if (has("load.describes_itself"))
        table.describe = &describeTwice;
    if (has("load.verbs_are_there"))
        table.push = nullptr;
    if (has("load.opens"))
        table.open = &openNever;
    if (has("load.takes_a_newer_host"))
        table.open = &openOfEqualSize;
    if (has("settings.garbage_is_refused"))
        table.open = &openAnything;
    if (has("accept.answers_once"))
        table.accept = &acceptTwice;
    if (has("accept.headers_in_any_case"))
        table.accept = &acceptAsSpelt;
    if (has("load.no_unknown_extension"))
        table.extension = &anyExtension;
    return table;
}

} // namespace

} // namespace faulty

extern "C" SPH_EXPORT const sph_spoke* spokehub_entry(std::uint32_t hostMajor);
extern "C" SPH_EXPORT const sph_spoke* spokehub_entry(std::uint32_t hostMajor)
{
    static const sph_spoke table = faulty::made();
    if (faulty::has("load.gives_a_table"))
        return nullptr;
    if (faulty::has("load.answers_any_major") && hostMajor != SPH_ABI_MAJOR)
        return nullptr;
    return &table;
}

#if defined(FAULTY_SYMBOLS)
extern "C" SPH_EXPORT int faulty_symbol(void);
extern "C" SPH_EXPORT int faulty_symbol(void)
{
    return 0;
}
#endif
