#include "Exports.h"
#include "Process.h"
#include "Trial.h"

#include <algorithm>
#include <cstddef>

namespace spokehub::check
{

namespace
{

constexpr int opensMany = 1000;
constexpr int opensBefore = 100; // caches fill once
constexpr std::uint32_t sizeOfFirst = offsetof(sph_spoke, extension) + sizeof(sph_spoke::extension);

void onlyOneSymbol(Trial& trial)
{
    auto symbols = exportsOf(trial.file()).value_or(std::vector<std::string>{});
    std::erase(symbols, "spokehub_entry");
    expect(symbols.empty(), "it exports " + listed(symbols) + " as well");
}

/// The table, when it is one at all.
const sph_spoke& tableOf(Trial& trial)
{
    const auto* table = trial.rawTable();
    if (table == nullptr)
        throw Skip("there is no table");
    return *table;
}

/// The table, when its members may be looked at.
const sph_spoke& wholeTable(Trial& trial)
{
    const auto& table = tableOf(trial);
    if (table.abi_major != SPH_ABI_MAJOR || table.size < sizeOfFirst)
        throw Skip("the table is not one of version " + std::to_string(SPH_ABI_MAJOR));
    return table;
}

void givesATable(Trial& trial)
{
    expect(trial.rawTable() != nullptr, "spokehub_entry answered null");
}

void majorFits(Trial& trial)
{
    const auto major = tableOf(trial).abi_major;
    expect(major == SPH_ABI_MAJOR, "the spoke speaks version " + std::to_string(major) +
                                       ", this SDK version " + std::to_string(SPH_ABI_MAJOR));
}

void sizeFits(Trial& trial)
{
    const auto& table = tableOf(trial);
    if (table.abi_major != SPH_ABI_MAJOR)
        throw Skip("the table is one of another version");
    expect(table.size >= sizeOfFirst && table.size <= 64 * 1024,
           "its size says " + std::to_string(table.size) + " bytes; version 1.0 has " +
               std::to_string(sizeOfFirst));
}

void answersAnyMajor(Trial& trial)
{
    const auto* table = &tableOf(trial);
    trial.doing("spokehub_entry(2)");
    expect(trial.entry()(SPH_ABI_MAJOR + 1) == table,
           "asked by a hub of version 2, spokehub_entry gives another table or none");
    expect(trial.entry()(0) == table,
           "asked by a hub of version 0, spokehub_entry gives another table or none");
}

void hasTheThree(Trial& trial)
{
    const auto& table = wholeTable(trial);
    std::vector<std::string> missing;
    if (table.describe == nullptr)
        missing.emplace_back("describe");
    if (table.open == nullptr)
        missing.emplace_back("open");
    if (table.close == nullptr)
        missing.emplace_back("close");
    expect(missing.empty(), "null: " + listed(missing));
}

/// What describe hands over, as it comes.
struct Described
{
    std::int32_t number = SPH_BUG;
    std::vector<std::pair<std::int32_t, std::string>> documents;
};

Described describe(Trial& trial)
{
    const auto& table = wholeTable(trial);
    if (table.describe == nullptr)
        throw Skip("the spoke lacks describe");
    Described described;
    const sph_sink sink{&described, [](void* self, std::int32_t kind, sph_text json) {
                            static_cast<Described*>(self)->documents.emplace_back(
                                kind, std::string(json.data, json.size));
                            return std::int32_t{0};
                        }};
    trial.doing("describe");
    described.number = table.describe(&sink);
    return described;
}

std::string manifestText(Trial& trial)
{
    const auto described = describe(trial);
    if (described.documents.size() != 1)
        throw Skip("describe does not hand over one manifest");
    return described.documents.front().second;
}

void describesItself(Trial& trial)
{
    const auto described = describe(trial);
    expect(described.number == SPH_DONE,
           "describe ended with the class " + std::to_string(described.number));
    expect(described.documents.size() == 1 && described.documents.front().first == SPH_DOC_MANIFEST,
           "describe handed over " + std::to_string(described.documents.size()) +
               " documents; it is one manifest");
}

void manifestFits(Trial& trial)
{
    std::string why;
    expect(spokes::Manifest::parse(manifestText(trial), why).has_value(), why);
}

void describesAlike(Trial& trial)
{
    expect(manifestText(trial) == manifestText(trial),
           "the second manifest differs from the first");
}

void verbsAreThere(Trial& trial)
{
    const auto& table = wholeTable(trial);
    std::string why;
    const auto manifest = spokes::Manifest::parse(manifestText(trial), why);
    if (!manifest)
        throw Skip("the manifest is wrong: " + why);
    std::vector<std::string> missing;
    const auto look = [&](const char* verb, bool there) {
        if (manifest->has(verb) && !there)
            missing.emplace_back(verb);
    };
    look("check", table.check != nullptr);
    look("accept", table.accept != nullptr);
    look("translate", table.translate != nullptr);
    look("pull", table.pull != nullptr);
    look("push", table.push != nullptr);
    look("subscribe", table.subscribe != nullptr);
    expect(missing.empty(), "the manifest names " + listed(missing) + ", which the table lacks");
}

void manifestAgrees(Trial& trial)
{
    const auto& manifest = trial.manifest();
    const auto agree = [](bool verb, bool list, const char* sentence) {
        expect(verb == list, sentence);
    };
    agree(manifest.has("pull"), !manifest.streams.empty(),
          "'pull' and 'streams' must be named both or neither");
    agree(manifest.has("push"), !manifest.pushes.empty(),
          "the verb 'push' and the list 'push' must be named both or neither");
    expect(!manifest.has("subscribe") || !manifest.topics.empty(),
           "'subscribe' is named, but no 'topics' to subscribe to");
    expect(!manifest.has("accept") || manifest.has("translate"),
           "'accept' is named without 'translate': what is kept is never understood");
}

void opens(Trial& trial)
{
    const auto settings = trial.settings();
    trial.doing("open");
    const auto instance = trial.open(settings, trial.secrets());
    expect(instance->opened().done(), "open ended as " + instance->opened().outcome());
    expect(instance->isOpen(), "open ended as done and gave no instance");
}

void opensWithoutCalls(Trial& trial)
{
    const auto instance = trial.open();
    const auto uses = instance->host().uses();
    for (const char* service : {"http", "kv_get", "kv_put"})
        expect(!uses.contains(service), std::string("open called ") + service);
}

void memoryComesBack(Trial& trial)
{
    const auto settings = trial.settings();
    const auto secrets = trial.secrets();
    trial.open();
    const auto openOften = [&](int times) {
        for (int i = 0; i < times; ++i)
            trial.open(settings, secrets);
    };
    openOften(opensBefore);
    const auto before = allocatedBytes();
    openOften(opensMany);
    const auto grown = allocatedBytes() - before;
    constexpr std::int64_t grownMax = 8 * 1024;
    expect(grown <= grownMax, "after " + std::to_string(opensMany) + " more opens and closes, " +
                                  std::to_string(grown) + " bytes more are allocated");
}

void descriptorsComeBack(Trial& trial)
{
    trial.open();
    const auto before = openDescriptors();
    for (int i = 0; i < opensBefore; ++i)
        trial.open();
    const auto after = openDescriptors();
    expect(after == before, "after " + std::to_string(opensBefore) + " opens and closes, " +
                                std::to_string(after - before) + " descriptors more are open");
}

void noThreads(Trial& trial)
{
    const auto before = threads();
    const auto instance = trial.open();
    expect(threads() == before, "with the channel open, " + std::to_string(threads() - before) +
                                    " threads of the spoke's own run");
}

void leavesTheProcessAlone(Trial& trial)
{
    trial.manifest();
    const auto before = processState();
    const auto instance = trial.open();
    const auto changed = differences(before, processState());
    expect(changed.empty(), "the spoke changed " + listed(changed) + " of the whole process");
}

void openManyAtOnce(Trial& trial)
{
    const auto first = trial.open();
    const auto second = trial.open(trial.settings(), trial.secrets());
    expect(second->isOpen(),
           "a second channel does not open beside the first: " + second->opened().outcome());
}

void noUnknownExtension(Trial& trial)
{
    const auto& table = wholeTable(trial);
    if (table.extension == nullptr)
        return;
    trial.doing("extension");
    constexpr std::string_view id = "nobody.has.this/1";
    expect(table.extension({id.data(), id.size()}) == nullptr,
           "asked for the extension 'nobody.has.this/1', it gives a table");
}

void takesANewerHost(Trial& trial)
{
    const auto settings = trial.settings().dump();
    trial.open();
    trial.doing("open by a newer hub");
    const auto instance = trial.open(Value::parse(settings), trial.secrets(), HostAge::Next);
    expect(instance->isOpen(), "offered a larger table by a hub of the next minor version, open "
                               "ended as " +
                                   instance->opened().outcome());
}

} // namespace

Checks loadChecks()
{
    const char* build = "build with spokehub_add_spoke of this SDK, and export the table as it is";
    return {
        {"load.one_symbol", "spokehub_entry is the only exported symbol",
         "link with the SDK's version script (spokehub_add_spoke does), or hide all else",
         onlyOneSymbol},
        {"load.gives_a_table", "spokehub_entry answers a table", build, givesATable},
        {"load.major_fits", "the table has the major version of this SDK", build, majorFits},
        {"load.size_fits", "the table says its own size", "set size to sizeof(sph_spoke)",
         sizeFits},
        {"load.answers_any_major", "spokehub_entry gives the same table whoever asks",
         "do not look at host_abi_major: the hub compares and refuses in words", answersAnyMajor},
        {"load.has_describe_open_close", "describe, open and close are there",
         "fill these three members of the table", hasTheThree},
        {"load.describes_itself", "describe hands over exactly one manifest and is done",
         "put one SPH_DOC_MANIFEST into the sink and return SPH_DONE", describesItself},
        {"load.manifest_fits", "the manifest is as DOCUMENTS.md says", "correct the manifest",
         manifestFits},
        {"load.describes_alike", "the manifest is the same each time",
         "make the manifest a constant: the hub asks at every start", describesAlike},
        {"load.verbs_are_there", "every verb of the manifest has its function",
         "implement the verb, or take it out of the manifest", verbsAreThere},
        {"load.manifest_agrees", "verbs, streams, pushes and topics fit together",
         "correct the manifest", manifestAgrees},
        {"load.opens", "a channel opens with its settings",
         "let open succeed without the channel being reachable; 'check' is for that", opens},
        {"load.opens_without_calls", "open makes no call of HTTP or of the small store",
         "leave calls to the verbs of the lane", opensWithoutCalls},
        {"load.memory_comes_back", "a thousand opens and closes leave no memory behind",
         "free in close what open allocated", memoryComesBack, 3},
        {"load.descriptors_come_back", "opens and closes leave no descriptor behind",
         "close in close what open opened", descriptorsComeBack},
        {"load.no_threads", "the spoke has no threads of its own",
         "do the work inside the verbs: the hub gives them their threads", noThreads},
        {"load.leaves_the_process_alone",
         "signals, locale, umask, folder and environment stay as they were",
         "change nothing that belongs to the whole process", leavesTheProcessAlone},
        {"load.many_at_once", "two channels are open side by side",
         "keep what belongs to a channel in its instance, not in globals", openManyAtOnce},
        {"load.no_unknown_extension", "an unknown extension is answered with null",
         "compare the id, and answer null for all others", noUnknownExtension},
        {"load.takes_a_newer_host", "a host table that has grown is taken",
         "ask only whether size is large enough, never whether it is equal", takesANewerHost},
    };
}

} // namespace spokehub::check
