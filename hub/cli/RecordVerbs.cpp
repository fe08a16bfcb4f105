#include "cli/Command.h"

#include "core/Error.h"
#include "core/Suggestion.h"
#include "spokes/HttpClient.h"
#include "spokes/LoadedSpoke.h"
#include "spokes/ProcessBorder.h"
#include "spokes/Recording.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

namespace spokehub::cli
{

namespace
{

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using spokes::DocumentKind;

constexpr std::int64_t documentsUsual = 200;

std::string nameOf(DocumentKind kind)
{
    switch (kind) {
    case DocumentKind::Fact:
        return "fact";
    case DocumentKind::Listing:
        return "listing";
    case DocumentKind::Level:
        return "level";
    case DocumentKind::Parcel:
        return "parcel";
    case DocumentKind::Finding:
        return "finding";
    case DocumentKind::Checkpoint:
        return "checkpoint";
    case DocumentKind::Result:
        return "result";
    case DocumentKind::Rate:
        return "rate";
    default:
        return "document";
    }
}

/// Of a replay: whatever the spoke does with the time, it is the same when it is played again.
class StillClock final : public Clock
{
public:
    explicit StillClock(Time now) : _now(now) {}
    Time now() const override { return _now; }

private:
    const Time _now;
};

/// A configured channel whose spoke can be opened here, with secrets and settings checked.
struct Subject
{
    const spokes::SpokeLibraries& libraries;
    const spokes::SpokeLibrary& library;
    std::string name;
    std::optional<Isolation> isolation;
    std::string settings; // with the defaults
    std::string baseUrl;
    spokes::Secrets secrets;
};

/// What is asked of the spoke, and what it says; the same when it is recorded and when replayed.
class Play
{
public:
    Play(const Subject& subject, spokes::HttpTransport& http, const Clock& clock, std::string since,
         std::int64_t most)
        : _clock(clock), _manifest(subject.library.manifest()), _since(std::move(since)),
          _most(most), _spoke(_manifest.name,
                              borderOf(subject.libraries, subject.library, subject.name,
                                       subject.isolation, _clock),
                              {subject.name, _clock, http, _values, subject.secrets, nullptr,
                               grantsOf(_manifest, JsonDocument::parse(subject.settings)->root())},
                              subject.settings)
    {
        _json.beginArray();
    }

    void check()
    {
        if (!_manifest.has("check"))
            return;
        const auto answer = _spoke.check(call());
        begin("check", answer.verdict, "{}");
        for (const auto& document : answer.documents)
            write(document.kind, document.json);
        end();
    }

    void pull()
    {
        for (const char* stream : {"orders", "listings", "levels", "shipments"})
            if (_manifest.has("pull") &&
                std::ranges::find(_manifest.streams, stream) != _manifest.streams.end())
                pull(stream);
    }

    /// Tells the channel the quantity that it shows of its first listing.
    void push()
    {
        if (_stockItem.empty())
            throw Failure("--push: the channel showed no listing with a quantity, so there is "
                          "nothing to tell it");
        const std::string batch = R"({"kind":"stock","items":[)" + _stockItem + "]}";
        const auto answer = _spoke.push(call(), batch);
        begin("push", answer.verdict, batch);
        for (const auto& document : answer.documents)
            write(document.kind, document.json);
        end();
    }

    std::string documents() { return _json.endArray().take(); }

private:
    spokes::Call call() const { return {_clock.now() + 10min, {}}; }

    void begin(const std::string& verb, const spokes::Verdict& verdict, const std::string& request)
    {
        _json.beginObject().member("verb", verb).key("request").raw(request);
        _json.member("class", toText(verdict.kind));
        _json.member("reason", verdict.reason).key("documents").beginArray();
    }
    void write(DocumentKind kind, std::string_view document)
    {
        _json.beginObject().member("kind", nameOf(kind)).key("document").raw(document).endObject();
    }
    void end() { _json.endArray().endObject(); }

    void pull(const std::string& stream)
    {
        JsonWriter request;
        request.beginObject().member("cursor", "").member("since", _since).endObject();
        std::vector<spokes::Document> documents;
        const auto verdict = _spoke.pull(
            call(), stream, request.text(), [&](DocumentKind kind, std::string_view document) {
                if (static_cast<std::int64_t>(documents.size()) >= _most)
                    return false;
                documents.push_back({kind, std::string(document)});
                if (kind == DocumentKind::Listing && _stockItem.empty())
                    keepFirst(document);
                return true;
            });
        begin("pull " + stream, verdict, request.text());
        for (const auto& [kind, document] : documents)
            write(kind, document);
        end();
    }

    void keepFirst(std::string_view document)
    {
        const auto read = JsonDocument::parse(document);
        const Json listing = read ? read->root() : Json{};
        const auto quantity = listing["quantity"].integer();
        if (!quantity || !listing.boolOr("tracked", true))
            return;
        JsonWriter item;
        item.beginObject().member("item", "0").member("key", "recording-0");
        item.member("external_id", listing.textOr("external_id"));
        item.member("parent_id", listing.textOr("parent_id"));
        item.member("stock_id", listing.textOr("stock_id", listing.textOr("external_id")));
        item.member("sku", listing.textOr("sku")).member("quantity", *quantity);
        item.member("expected", *quantity);
        _stockItem = item.endObject().take();
    }

    const Clock& _clock;
    const spokes::Manifest& _manifest;
    const std::string _since;
    const std::int64_t _most;
    spokes::BufferedValues _values;
    spokes::LoadedSpoke _spoke;
    JsonWriter _json;
    std::string _stockItem;
};

/// A spoke's name will do when it has one channel.
const ChannelConfig& channelNamed(const Config& config, const std::string& name)
{
    std::vector<std::string> names;
    const ChannelConfig* ofSpoke = nullptr;
    std::size_t channelsOfSpoke = 0;
    for (const ChannelConfig& channel : config.channels) {
        if (channel.name == name)
            return channel;
        if (channel.spoke == name && ++channelsOfSpoke == 1)
            ofSpoke = &channel;
        names.push_back(channel.name);
    }
    if (channelsOfSpoke == 1)
        return *ofSpoke;
    if (channelsOfSpoke > 1)
        throw Failure("the spoke '" + name + "' has more than one channel; name the channel");
    throw Failure("there is no channel '" + name + "' in " + config.file + ": " +
                  suggestion(name, names));
}

Subject subjectOf(const spokes::SpokeLibraries& libraries, const ChannelConfig& channel)
{
    const auto* library = libraries.find(channel.spoke);
    if (library == nullptr) {
        std::string why;
        for (const std::string& refused : libraries.refused())
            why += "; " + refused;
        throw Failure("there is no spoke " + channel.spoke + " in spokes.directories" + why);
    }
    const auto settings = JsonDocument::parse(channel.settings);
    auto mistakes = checkSettings(library->manifest(), settings->root());
    std::vector<spokes::GivenSecret> given;
    spokes::Secrets secrets;
    for (const auto& [name, values] : channel.secrets) {
        given.push_back({name, values.size()});
        for (const Secret& value : values)
            secrets[name].push_back(Command::reveal(value));
    }
    for (auto& mistake : checkSecrets(library->manifest(), given))
        mistakes.push_back(std::move(mistake));
    std::string sentence;
    for (const auto& mistake : mistakes)
        sentence += (sentence.empty() ? "" : "; ") + mistake.path + ": " + mistake.message + " (" +
                    mistake.remedy + ")";
    if (!sentence.empty())
        throw Failure("channel " + channel.name + ": " + sentence);
    return {libraries,
            *library,
            channel.name,
            channel.isolation,
            withDefaults(library->manifest(), settings->root()),
            std::string(settings->root().textOr("base_url")),
            std::move(secrets)};
}

void writeFile(const fs::path& file, const std::string& text)
{
    std::ofstream out(file, std::ios::binary);
    out << text;
    if (!out.flush())
        throw Failure(file.string() + " cannot be written; is there room, and may you?");
}

/// Runs what is to be recorded; its documents as JSON.
std::string played(const Subject& subject, spokes::HttpTransport& http, const Clock& clock,
                   const std::string& since, std::int64_t most, bool push)
{
    Play play(subject, http, clock, since, most);
    play.check();
    play.pull();
    if (push)
        play.push();
    return play.documents();
}

ExitCode record(Command& command)
{
    const Config config = command.config();
    const spokes::SpokeLibraries libraries(
        {config.spokeDirectories.begin(), config.spokeDirectories.end()}, {config.spokeIsolation});
    const Subject subject = subjectOf(libraries, channelNamed(config, command.text("CHANNEL")));
    const SystemClock clock;
    const std::string since =
        command.maybe("--since").value_or(toIso(clock.now() - std::chrono::days(7)));
    if (!timeFromIso(since))
        throw Failure("--since: '" + since + "' is not a time such as 2026-11-20T00:00:00Z",
                      ExitCode::Usage);
    const auto most =
        std::max<std::int64_t>(1, command.maybeInteger("--most").value_or(documentsUsual));
    const bool push = command.flag("--push");
    if (push)
        command.confirm("The channel " + subject.name +
                            " is told the quantity that it shows of one listing.",
                        subject.name);

    spokes::HttpClient http(clock, {subject.library.manifest().hosts, subject.baseUrl, {}});
    spokes::RecordingTransport recorder(http);
    played(subject, recorder, clock, since, most, push);
    const auto exchanges = scrubbed(recorder.exchanges(), spokes::Vault(subject.secrets));

    // The documents are those of the scrubbed exchanges: they show that the recording can be used.
    spokes::Replay replay(exchanges);
    const StillClock still(clock.now());
    const std::string documents = played(subject, replay, still, since, most, push);

    const fs::path folder = command.text("--out");
    fs::create_directories(folder);
    writeFile(folder / "exchanges.json", toJson(exchanges));
    writeFile(folder / "documents.json", documents + "\n");
    JsonWriter channel;
    channel.beginObject().member("now", toIso(still.now())).key("settings").raw(subject.settings);
    writeFile(folder / "channel.json", channel.endObject().take() + "\n");
    command.output().note(std::to_string(exchanges.size()) + " exchanges of " + subject.name +
                          " are in " + folder.string() +
                          "; look through them before you give them away");
    return exchanges.empty() ? ExitCode::Failed : ExitCode::Done;
}

/// A stand-in for the certifier: a question a line, an answer a line.
ExitCode replay(Command& command)
{
    std::ifstream in(command.text("FILE"), std::ios::binary);
    if (!in)
        throw Failure(command.text("FILE") + " cannot be read; correct the path");
    const auto exchanges =
        spokes::exchangesFromJson(std::string{std::istreambuf_iterator<char>(in), {}});
    spokes::Replay replay(exchanges);
    for (std::string line; std::getline(std::cin, line);) {
        const auto asked = JsonDocument::parse(line);
        const Json request = asked ? asked->root()["request"] : Json{};
        JsonWriter answer;
        answer.beginObject();
        if (request) {
            const std::string body(request.textOr("body"));
            spokes::HttpCall call;
            call.method = request.textOr("method", "GET");
            call.url = request.textOr("url");
            call.body = body;
            const auto reply = replay.send(call);
            if (reply.kind == Class::Done) {
                answer.member("status", reply.status).key("headers").beginObject();
                for (const auto& [name, value] : reply.headers)
                    answer.member(name, value);
                answer.endObject().member("body", reply.body);
            } else
                answer.member("error", reply.reason + ": " + call.method + " " + call.url);
        } else
            replay = spokes::Replay(exchanges);
        std::cout << answer.endObject().take() << std::endl;
    }
    return ExitCode::Done;
}

} // namespace

std::vector<Verb> recordVerbs()
{
    return {
        {"spoke",
         "record",
         "records what a channel answers to check and pull, without secrets and people",
         {{"CHANNEL", "a channel of the configuration, or a spoke that has one; no hub need run"},
          {"--out DIRECTORY", "where exchanges.json, documents.json and channel.json are written",
           true},
          {"--since TIME", "orders changed since then; the last 7 days otherwise"},
          {"--most COUNT", "documents of a stream; 200 otherwise"},
          {"--push", "also tell it the quantity that it shows of one listing"}},
         record},
        {"spoke",
         "replay",
         "answers as a recording did, line by line: a stand-in for spokehub-check",
         {{"FILE", "exchanges.json of a recording"}},
         replay},
    };
}

} // namespace spokehub::cli
