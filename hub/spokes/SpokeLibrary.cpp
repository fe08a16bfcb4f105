#include "spokes/SpokeLibrary.h"

#include "core/Config.h"
#include "core/Log.h"
#include "spokes/InHand.h"
#include "spokes/SpokeProcess.h"

#include <boost/dll/library_info.hpp>
#include <boost/dll/shared_library.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <set>
#include <sstream>
#include <system_error>

namespace spokehub::spokes
{

namespace
{

namespace dll = boost::dll;
namespace fs = std::filesystem;

constexpr const char* entryName = "spokehub_entry";
constexpr auto describeMax = std::chrono::seconds(5);
constexpr const char* rebuild = "build it anew with spokehub_add_spoke of this hub's SDK";

[[noreturn]] void refuse(const fs::path& file, const std::string& what, const std::string& remedy)
{
    throw SpokeError("spoke " + file.string() + " is not used: " + what + "; " + remedy);
}

/// Looks without loading: nothing of a file runs that is not a spoke.
void checkExports(const fs::path& file)
{
    std::error_code error;
    if (!fs::is_regular_file(file, error))
        refuse(file, "there is no such file", "correct the path, or build the spoke");
    std::vector<std::string> symbols;
    try {
        symbols = dll::library_info(file).symbols();
    } catch (const std::exception&) {
        refuse(file, "it is not a shared library of this system", "remove it, or build the spoke");
    }
    if (std::ranges::find(symbols, entryName) == symbols.end())
        refuse(file, std::string("it does not export ") + entryName, rebuild);
}

/// Loaded libraries stay for good: threads, static objects and documents of a spoke may outlive its
/// use.
const sph_spoke* load(const fs::path& file)
{
    static std::mutex mutex;
    static auto& kept = *new std::vector<dll::shared_library>;
    std::error_code error;
    dll::shared_library library;
    try {
        library.load(file, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
        InHand::endWhereSpokesExit();
    } catch (const std::system_error& failure) {
        refuse(file, std::string("the system does not load it (") + failure.what() + ")", rebuild);
    }
    const auto& entry = library.get<const sph_spoke*(std::uint32_t)>(entryName);
    const sph_spoke* table = entry(SPH_ABI_MAJOR);
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(library));
    return table;
}

void checkFacts(const fs::path& file, const SpokeFacts& facts)
{
    constexpr std::uint32_t sizeLeast =
        offsetof(sph_spoke, extension) + sizeof(sph_spoke::extension);
    if (!facts.loadError.empty())
        refuse(file, "the system does not load it (" + facts.loadError + ")", rebuild);
    if (!facts.given || facts.size < offsetof(sph_spoke, describe))
        refuse(file, "it gives no table of functions", rebuild);
    if (facts.major != SPH_ABI_MAJOR)
        refuse(file,
               "it speaks version " + std::to_string(facts.major) +
                   " of the border, this hub speaks version " + std::to_string(SPH_ABI_MAJOR),
               "install the spoke's release for this hub");
    if (facts.size < sizeLeast)
        refuse(file,
               "its table has " + std::to_string(facts.size) + " bytes, version 1.0 has " +
                   std::to_string(sizeLeast),
               rebuild);
    if (!facts.describe || !facts.open || !facts.close)
        refuse(file, "it lacks describe, open or close", "every spoke must have these three");
}

/// Takes the manifest of a spoke that describes itself.
sph_sink manifestSink(std::string& text)
{
    return {&text, [](void* self, std::int32_t kind, sph_text json) -> std::int32_t {
                if (kind == SPH_DOC_MANIFEST && json.size <= 1024 * 1024)
                    static_cast<std::string*>(self)->assign(json.data, json.size);
                return 0;
            }};
}

Manifest readManifest(const fs::path& file, std::int32_t answered, const std::string& text)
{
    if (answered != SPH_DONE || text.empty())
        refuse(file, "it does not describe itself", "describe must hand over a manifest");
    std::string why;
    auto manifest = Manifest::parse(text, why);
    if (!manifest)
        refuse(file, "its manifest is wrong: " + why, "correct the manifest in the spoke");
    return std::move(*manifest);
}

/// "1.3" of the manifest: the oldest hub that the spoke works with.
void checkNeeds(const fs::path& file, const Manifest& manifest)
{
    if (manifest.abi.empty())
        return;
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    const char* const end = manifest.abi.data() + manifest.abi.size();
    const auto point = std::from_chars(manifest.abi.data(), end, major);
    const bool good = point.ec == std::errc() && point.ptr != end && *point.ptr == '.' &&
                      std::from_chars(point.ptr + 1, end, minor).ptr == end && point.ptr + 1 != end;
    if (!good)
        refuse(file, "its manifest is wrong: 'abi' must be a version such as 1.0",
               "correct the manifest in the spoke");
    if (major != SPH_ABI_MAJOR || minor > SPH_ABI_MINOR)
        refuse(file,
               "it needs version " + manifest.abi + " of the border, this hub speaks version " +
                   std::to_string(SPH_ABI_MAJOR) + "." + std::to_string(SPH_ABI_MINOR),
               "install a newer hub, or the spoke's release for this one");
}

void checkVerbs(const fs::path& file, const SpokeFacts& facts, const Manifest& manifest)
{
    const auto check = [&](const char* verb, bool present) {
        if (manifest.has(verb) && !present)
            refuse(file, std::string("its manifest names the verb ") + verb + ", which it lacks",
                   "implement it, or take it out of the manifest");
    };
    check("check", facts.check);
    check("accept", facts.accept);
    check("translate", facts.translate);
    check("pull", facts.pull);
    check("push", facts.push);
    check("subscribe", facts.subscribe);
}

Manifest describedHere(const fs::path& file, const sph_spoke* table, const SpokeFacts& facts)
{
    checkFacts(file, facts);
    std::string text;
    const sph_sink sink = manifestSink(text);
    const std::int32_t answered = table->describe(&sink);
    auto manifest = readManifest(file, answered, text);
    checkNeeds(file, manifest);
    checkVerbs(file, facts, manifest);
    return manifest;
}

} // namespace

SpokeFacts factsOf(const sph_spoke* table)
{
    SpokeFacts facts;
    facts.given = table != nullptr;
    if (!facts.given)
        return facts;
    facts.size = table->size;
    facts.major = table->abi_major;
    facts.minor = table->abi_minor;
    if (table->size < offsetof(sph_spoke, extension))
        return facts; // what stands behind is not there
    facts.describe = table->describe != nullptr;
    facts.open = table->open != nullptr;
    facts.close = table->close != nullptr;
    facts.check = table->check != nullptr;
    facts.pull = table->pull != nullptr;
    facts.push = table->push != nullptr;
    facts.subscribe = table->subscribe != nullptr;
    facts.accept = table->accept != nullptr;
    facts.translate = table->translate != nullptr;
    return facts;
}

SpokeLibrary::SpokeLibrary(const fs::path& file) : _file(file)
{
    checkExports(file);
    const sph_spoke* table = load(file);
    _facts = factsOf(table);
    _manifest = describedHere(file, table, _facts);
    _table = table;
}

SpokeLibrary::SpokeLibrary(const sph_spoke& table, const fs::path& file)
    : _file(file), _table(&table), _facts(factsOf(&table)),
      _manifest(describedHere(file, &table, _facts))
{
}

SpokeLibrary::SpokeLibrary(const fs::path& file, ProcessLauncher& launcher) : _file(file)
{
    checkExports(file);
    try {
        SpokeProcess process(launcher, fs::absolute(file), [&](std::string_view line) {
            Log::warning("a spoke writes", {{"spoke", file.native()}, {"line", line}});
        });
        _facts = process.facts();
        checkFacts(file, _facts);
        std::string text;
        const sph_sink sink = manifestSink(text);
        const std::int32_t answered = process.call(FrameKind::Describe, Packer().number(0),
                                                   {.documents = &sink}, {describeMax, {}});
        _manifest = readManifest(file, answered, text);
    } catch (const ProcessDied& died) {
        refuse(file, std::string("it cannot describe itself: ") + died.what(),
               "correct the spoke, or remove it");
    }
    checkNeeds(file, _manifest);
    checkVerbs(file, _facts, _manifest);
}

// ------------------------------------------------------------------ IsolationRules

namespace
{

/// The spokes that come with the hub lie in a folder of their own, beside its programs: spokes/
/// where it was built, lib/spokehub/spokes where it is installed.
bool comesWithTheHub(const fs::path& file)
{
    static const std::set<std::string> names = [] {
        std::istringstream list(SPOKEHUB_OWN_SPOKES);
        return std::set<std::string>(std::istream_iterator<std::string>(list), {});
    }();
    if (!names.contains(file.stem()))
        return false;
    std::error_code error;
    const auto folder = fs::weakly_canonical(file, error).parent_path();
    const auto top = fs::read_symlink("/proc/self/exe", error).parent_path().parent_path();
    return folder == top / "spokes" || folder == top / "lib" / "spokehub" / "spokes";
}

} // namespace

Isolation IsolationRules::of(const fs::path& file, std::optional<Isolation> channel) const
{
    if (channel)
        return *channel;
    if (const auto found = spokes.find(file.stem()); found != spokes.end())
        return found->second;
    return comesWithTheHub(file) ? Isolation::None : Isolation::Process;
}

// ------------------------------------------------------------------ SpokeLibraries

SpokeLibraries::SpokeLibraries(const std::vector<fs::path>& directories, IsolationRules rules)
    : _rules(std::move(rules))
{
    for (const auto& directory : directories)
        scan(directory);
    std::ranges::stable_sort(_libraries, {}, [](const auto& library) -> const std::string& {
        return library->manifest().name;
    });
    refuseNamesakes();
}

void SpokeLibraries::scan(const fs::path& directory)
{
    std::error_code error;
    std::vector<fs::path> files;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error))
        if (entry->path().extension() == ".so")
            files.push_back(entry->path());
    if (error) {
        _refused.push_back("the directory of spokes " + directory.string() +
                           " is not read: " + error.message() + "; correct spokes.directories");
        return;
    }
    std::ranges::sort(files);
    for (const auto& file : files) {
        try {
            _libraries.push_back(_rules.of(file) == Isolation::None
                                     ? std::make_unique<SpokeLibrary>(file)
                                     : std::make_unique<SpokeLibrary>(file, *_launcher));
        } catch (const SpokeError& refusal) {
            _refused.emplace_back(refusal.what());
        }
    }
}

/// Of two with one name neither is used: which one a channel gets must not hang on the order of
/// directories.
void SpokeLibraries::refuseNamesakes()
{
    const auto name = [](const auto& library) { return library->manifest().name; };
    for (auto first = _libraries.begin(); first != _libraries.end();) {
        const auto last = std::find_if(first, _libraries.end(), [&](const auto& library) {
            return name(library) != name(*first);
        });
        if (last - first == 1) {
            ++first;
            continue;
        }
        std::string files;
        for (auto library = first; library != last; ++library)
            files += (files.empty() ? "" : ", ") + (*library)->file().string();
        _refused.push_back("the spoke '" + name(*first) + "' is not used: " + files +
                           " all have this name; keep one of them");
        first = _libraries.erase(first, last);
    }
}

const SpokeLibrary* SpokeLibraries::find(std::string_view name) const
{
    const auto found = std::ranges::find_if(
        _libraries, [name](const auto& library) { return library->manifest().name == name; });
    return found == _libraries.end() ? nullptr : found->get();
}

} // namespace spokehub::spokes
