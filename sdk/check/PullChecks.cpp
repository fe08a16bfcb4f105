#include "Documents.h"
#include "Trial.h"

#include <algorithm>
#include <set>

namespace spokehub::check
{

namespace
{

constexpr std::int64_t some = 7;
constexpr std::int64_t many = 10'001;
constexpr std::int64_t smallPage = 2;
constexpr std::size_t resumesMax = 12;

using Ids = std::set<std::string>;

/// What a document is about.
std::string idOf(std::int32_t kind, const Value& document)
{
    const char* member = kind == SPH_DOC_FACT      ? "order_id"
                         : kind == SPH_DOC_LISTING ? "external_id"
                         : kind == SPH_DOC_LEVEL   ? "stock_id"
                         : kind == SPH_DOC_PARCEL  ? "tracking_number"
                                                   : nullptr;
    return member == nullptr ? "" : document.value(member, "");
}

Ids idsOf(const Said& said, std::size_t documents = SIZE_MAX)
{
    Ids ids;
    for (std::size_t i = 0; i < std::min(documents, said.documents.size()); ++i)
        if (auto id = idOf(said.documents[i].first, said.documents[i].second); !id.empty())
            ids.insert(std::move(id));
    return ids;
}

std::string missing(const Ids& wanted, const Ids& seen)
{
    std::vector<std::string> lost;
    std::ranges::set_difference(wanted, seen, std::back_inserter(lost));
    return listed(lost);
}

bool hasParcels(Trial& trial)
{
    return !trial.reset({{"parcels", 1}}).value("parcels", Value::array()).empty();
}

/// Streams that the stand-in can fill.
std::vector<std::string> streamsOf(Trial& trial)
{
    trial.needVerb("pull");
    trial.standin();
    std::vector<std::string> streams;
    for (const char* stream : {"orders", "listings", "levels"})
        if (std::ranges::count(trial.manifest().streams, stream) != 0)
            streams.emplace_back(stream);
    if (std::ranges::count(trial.manifest().streams, "shipments") != 0 && hasParcels(trial))
        streams.emplace_back("shipments");
    if (streams.empty())
        throw Skip("the manifest names no stream that the stand-in can fill");
    return streams;
}

Said pull(Trial& trial, Instance& instance, const std::string& stream, const Value& asked)
{
    const Value request = trial.pullRequest(stream, asked);
    trial.doing("pull of " + stream + " with " + request.dump());
    auto said = instance.pull(stream, request);
    expect(said.done(),
           "a pull of " + stream + " with " + request.dump() + " ended as " + said.outcome());
    return said;
}

/// All of a stream, by an instance of its own.
Said whole(Trial& trial, const std::string& stream, std::int64_t page = 0,
           const std::string& cursor = {})
{
    Value request = {{"cursor", cursor}};
    if (page > 0)
        request["page_max"] = page;
    return pull(trial, *trial.open(), stream, request);
}

void fill(Trial& trial, std::int64_t count, bool sameTime = false)
{
    trial.reset(
        {{"orders", count}, {"listings", count}, {"parcels", count}, {"same_time", sameTime}});
}

struct Checkpoint
{
    std::size_t place; // behind that many documents
    std::string cursor;
};

/// Those from which a pull can go on; an empty cursor begins anew.
std::vector<Checkpoint> checkpointsOf(const Said& said)
{
    std::vector<Checkpoint> found;
    for (std::size_t i = 0; i < said.documents.size(); ++i)
        if (said.documents[i].first == SPH_DOC_CHECKPOINT)
            if (auto cursor = said.documents[i].second.value("cursor", ""); !cursor.empty())
                found.push_back({i, std::move(cursor)});
    if (found.size() > resumesMax)
        found.resize(resumesMax);
    return found;
}

void resumesLoseNothing(Trial& trial, const std::string& stream, const Said& full)
{
    const auto all = idsOf(full);
    for (const auto& checkpoint : checkpointsOf(full)) {
        auto seen = idsOf(full, checkpoint.place);
        seen.merge(idsOf(whole(trial, stream, smallPage, checkpoint.cursor)));
        expect(seen == all, "resumed from the cursor '" + checkpoint.cursor + "', " + stream +
                                " lack " + missing(all, seen));
    }
}

// ------------------------------------------------------------------ what is wanted

void complete(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        fill(trial, some);
        const auto seen = idsOf(whole(trial, stream));
        expect(seen.size() == some, "of " + std::to_string(some) + " " + stream + ", " +
                                        std::to_string(seen.size()) + " were handed over");
    }
}

void sameTwice(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        fill(trial, some);
        const auto instance = trial.open();
        const auto first = pull(trial, *instance, stream, {{"cursor", ""}});
        const auto second = pull(trial, *instance, stream, {{"cursor", ""}});
        expect(first.documents == second.documents,
               "a second pull of all " + stream + " says something else than the first");
    }
}

void resumes(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        fill(trial, some);
        resumesLoseNothing(trial, stream, whole(trial, stream, smallPage));
    }
}

void mustHaveAll(const std::string& stream, const Said& full, const std::string& how)
{
    const auto count = idsOf(full).size();
    expect(count == some, how + ", " + std::to_string(count) + " of " + std::to_string(some) + " " +
                              stream + " are handed over");
}

void equalTimes(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        fill(trial, some, true);
        const auto full = whole(trial, stream, smallPage);
        mustHaveAll(stream, full, "with all changed at one moment and pages of two");
        resumesLoseNothing(trial, stream, full);
    }
}

void pagesOfOne(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        fill(trial, some);
        mustHaveAll(stream, whole(trial, stream, 1), "with pages of one");
    }
}

void pagesAreBounded(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        fill(trial, some);
        const auto full = whole(trial, stream, smallPage);
        Ids page;
        for (const auto& [kind, document] : full.documents) {
            if (kind == SPH_DOC_CHECKPOINT)
                page.clear();
            else if (auto id = idOf(kind, document); !id.empty())
                page.insert(std::move(id));
            expect(page.size() <= smallPage, "asked for pages of " + std::to_string(smallPage) +
                                                 ", it hands over more " + stream +
                                                 " before a checkpoint");
        }
    }
}

void endsWithACheckpoint(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        fill(trial, some);
        const auto full = whole(trial, stream);
        bool open = false;
        for (const auto& [kind, document] : full.documents)
            open = kind != SPH_DOC_CHECKPOINT && (open || !idOf(kind, document).empty());
        expect(!open,
               "behind the last " + stream + " there is no checkpoint: they are never stored");
    }
}

void expiredCursors(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        fill(trial, some);
        const auto full = whole(trial, stream, smallPage);
        const auto checkpoints = checkpointsOf(full);
        if (checkpoints.empty())
            continue;
        const auto expired = trial.control({{"expire", true}});
        if (!expired.value("expires", false))
            throw Skip("the stand-in's cursors never expire");
        auto seen = idsOf(full, checkpoints.front().place);
        seen.merge(idsOf(whole(trial, stream, smallPage, checkpoints.front().cursor)));
        expect(seen == idsOf(full),
               "from a cursor that has expired, " + stream + " lack " + missing(idsOf(full), seen));
    }
}

void tenThousand(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        const bool orders = stream == "orders";
        trial.reset({{"orders", orders ? many : 0},
                     {"listings", orders ? some : many},
                     {"parcels", stream == "shipments" ? many : 0}});
        const auto seen = idsOf(whole(trial, stream));
        expect(seen.size() == many, "of " + std::to_string(many) + " " + stream + ", " +
                                        std::to_string(seen.size()) + " were handed over");
    }
}

void emptyChannels(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        fill(trial, 0);
        expect(idsOf(whole(trial, stream)).empty(),
               "of an empty channel, " + stream + " were handed over");
    }
}

void documentsFit(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        fill(trial, some);
        const auto mistake = mistakeIn(whole(trial, stream));
        expect(mistake.empty(), stream + ": " + mistake);
    }
}

void unknownStreams(Trial& trial)
{
    streamsOf(trial);
    fill(trial, some);
    trial.doing("pull of an unknown stream");
    const auto said = trial.open()->pull("nobody_knows_this", {{"cursor", ""}});
    expect(said.kind == Class::Unsupported && !said.reason.empty(),
           "a pull of the stream 'nobody_knows_this' ended as " + said.outcome());
}

void oneById(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        fill(trial, some);
        const auto all = idsOf(whole(trial, stream));
        for (const auto& id : all) {
            const auto one = pull(trial, *trial.open(), stream, {{"cursor", ""}, {"id", id}});
            const auto seen = idsOf(one);
            expect(seen == Ids{id}, "asked for " + id + " of " + stream +
                                        ", it hands over: " + listed({seen.begin(), seen.end()}));
            expect(one.of(SPH_DOC_CHECKPOINT).empty(),
                   "asked for " + id + " of " + stream +
                       ", it hands over a checkpoint: the stream would go on from there");
        }
    }
}

void unknownIds(Trial& trial)
{
    for (const auto& stream : streamsOf(trial)) {
        const auto offered =
            trial.reset({{"orders", some}, {"listings", some}, {"same_time", false}});
        const Value unknown = offered.value("unknown", Value::object());
        const std::string id =
            stream == "orders" ? offered.value("unknown_order", "999999999999")
            : stream == "shipments"
                ? offered.value("unknown_parcel", "999999999999")
                : unknown.value(stream == "levels" ? "stock_id" : "external_id", "999999999999");
        trial.doing("pull of the unknown id " + id + " of " + stream);
        const auto said = trial.open()->pull(stream, {{"cursor", ""}, {"id", id}});
        const bool gone = std::ranges::all_of(said.of(SPH_DOC_LISTING), [](const Value& listing) {
            return listing.value("removed", false);
        });
        expect(
            (said.done() && gone) || said.kind == Class::Unmatched || said.kind == Class::Rejected,
            "asked for the unknown id " + id + " of " + stream + ", it ended as " + said.outcome());
    }
}

void unknownParcels(Trial& trial)
{
    trial.needVerb("pull");
    if (std::ranges::count(trial.manifest().streams, "shipments") == 0)
        throw Skip("the manifest does not name the stream shipments");
    const auto offered = trial.reset({{"parcels", some}});
    const Value parcels = offered.value("parcels", Value::array());
    if (parcels.empty())
        throw Skip("the stand-in has no parcels ('parcels' of what reset answers)");
    Value asked = {parcels[0], offered.value("unknown_parcel", "999999999999"), parcels[1]};
    const auto seen =
        idsOf(pull(trial, *trial.open(), "shipments", {{"cursor", ""}, {"subjects", asked}}));
    expect(seen.contains(parcels[0]) && seen.contains(parcels[1]) && !seen.contains(asked[1]),
           "asked for " + asked.dump() + ", it tells of: " + listed({seen.begin(), seen.end()}));
}

} // namespace

Checks pullChecks()
{
    const char* pages = "go by the channel's own cursor, or by (time, id) with both in the cursor";
    return {
        {"pull.complete", "a pull hands over all there is", "read page after page to the end",
         complete},
        {"pull.same_twice", "pulled twice, a stream says the same",
         "keep nothing between pulls but what the cursor says", sameTwice},
        {"pull.resumes", "resumed from any checkpoint, nothing is lost",
         "let the cursor say where the documents before it ended, and read it alone", resumes},
        {"pull.equal_times", "many changed at one moment lose none at a page's edge", pages,
         equalTimes},
        {"pull.pages_of_one", "pages of one lose none", pages, pagesOfOne},
        {"pull.pages_are_bounded", "page_max bounds what stands before a checkpoint",
         "ask the channel for at most page_max, and put a checkpoint behind each page",
         pagesAreBounded},
        {"pull.ends_with_a_checkpoint", "behind the last document stands a checkpoint",
         "put one behind every page, the last one too", endsWithACheckpoint},
        {"pull.expired_cursors", "from a cursor that has expired the pull goes on, or begins anew",
         "tell that refusal from others, and read from the beginning", expiredCursors},
        {"pull.ten_thousand", "ten thousand and one are pulled",
         "follow the pages to the end; hold one page at a time", tenThousand, 4},
        {"pull.empty_channels", "an empty channel is pulled", "an empty page is an answer",
         emptyChannels},
        {"pull.documents_fit", "every document is as DOCUMENTS.md says", "write it with Messages.h",
         documentsFit},
        {"pull.unknown_streams", "an unknown stream is unsupported",
         "answer SPH_UNSUPPORTED with a reason", unknownStreams},
        {"pull.one_by_id", "with an id, that one thing comes, and no checkpoint",
         "look at 'id' before the cursor", oneById},
        {"pull.unknown_ids", "an id that the channel does not have is no failure",
         "answer SPH_DONE without documents, or the listing as removed", unknownIds},
        {"pull.unknown_parcels", "a parcel that the carrier does not know holds up no other",
         "leave out what the carrier does not know; the hub asks again", unknownParcels},
    };
}

} // namespace spokehub::check
