#include "Trial.h"

#include "core/Json.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

namespace spokehub::check
{

namespace
{

namespace fs = std::filesystem;

Value withPlace(Value value, const std::string& work)
{
    if (value.is_string()) {
        auto text = value.get<std::string>();
        if (const auto at = text.find("${work}"); at != std::string::npos)
            text.replace(at, 7, work);
        return text;
    }
    if (value.is_array())
        for (auto& element : value)
            element = withPlace(element, work);
    return value;
}

} // namespace

Trial::Trial(const Plan& plan, std::span<char> note) : _plan(plan), _note(note) {}

Trial::~Trial()
{
    std::error_code error;
    if (!_work.empty())
        fs::remove_all(_work, error);
}

void Trial::doing(const std::string& what)
{
    const auto size = std::min(what.size(), _note.size() - 1);
    std::memcpy(_note.data(), what.data(), size);
    _note[size] = '\0';
}

const sph_spoke* Trial::rawTable()
{
    if (_raw == nullptr) {
        const auto asked = entry();
        doing("spokehub_entry");
        _raw = asked(SPH_ABI_MAJOR);
    }
    return _raw;
}

sph_entry Trial::entry()
{
    if (_entry != nullptr)
        return _entry;
    doing("loading it");
    void* library = dlopen(fs::absolute(file()).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        throw Fault(std::string("the system does not load it: ") + dlerror());
    _entry = reinterpret_cast<sph_entry>(dlsym(library, "spokehub_entry"));
    if (_entry == nullptr)
        throw Fault("it does not export spokehub_entry");
    return _entry;
}

const spokes::SpokeLibrary& Trial::library()
{
    if (_library)
        return *_library;
    doing("loading it");
    try {
        _library = std::make_unique<spokes::SpokeLibrary>(fs::absolute(file()));
    } catch (const spokes::SpokeError& refused) {
        throw Skip(std::string("the hub does not load it: ") + refused.what());
    }
    return *_library;
}

void Trial::needVerb(const std::string& verb)
{
    if (!manifest().has(verb))
        throw Skip("the manifest does not name the verb " + verb);
}

const Fixtures& Trial::fixtures()
{
    if (!_plan.fixtures)
        throw Skip("there are no fixtures; give --fixtures DIR");
    return *_plan.fixtures;
}

const Signature& Trial::signature()
{
    if (!fixtures().signature)
        throw Skip("channel.json does not say how webhooks are signed ('signature')");
    return *fixtures().signature;
}

std::vector<Vector> Trial::vectors()
{
    auto all = fixtures().webhooks;
    if (all.empty())
        throw Skip("the fixtures have no webhooks.json");
    if (!fixtures().signature)
        return all;
    const auto& signature = *fixtures().signature;
    for (auto& vector : all) {
        const bool given = signature.into == "query"
                               ? !vector.query.empty()
                               : vector.header(signature.into.substr(7)) != nullptr;
        if (!given && vector.genuine())
            sign(vector);
    }
    return all;
}

std::vector<Vector> Trial::genuine()
{
    auto all = vectors();
    std::erase_if(all, [](const Vector& vector) { return !vector.genuine(); });
    if (all.empty())
        throw Skip("webhooks.json has no genuine vector");
    return all;
}

void Trial::sign(Vector& vector, std::size_t index)
{
    const auto& recipe = signature();
    const auto given = secrets();
    const auto found = given.find(recipe.secret);
    if (found == given.end() || index >= found->second.size())
        throw Skip("channel.json gives no value " + std::to_string(index + 1) + " of the secret '" +
                   recipe.secret + "'");
    recipe.sign(vector, found->second[index]);
}

Value Trial::givenSettings()
{
    Value given = _plan.settings               ? *_plan.settings
                  : _plan.fixtures.has_value() ? _plan.fixtures->settings
                                               : Value::object();
    for (auto& [name, value] : given.items())
        value = withPlace(value, work().string());
    return given;
}

Value Trial::settings()
{
    const Value given = givenSettings();
    const auto document = JsonDocument::parse(given.dump());
    for (const auto& rule : manifest().settings)
        if (rule.required && !given.contains(rule.name))
            throw Skip("the required setting '" + rule.name +
                       "' is not given; give --fixtures DIR or --settings FILE");
    return Value::parse(spokes::withDefaults(manifest(), document->root()));
}

spokes::Secrets Trial::secrets()
{
    if (_secrets)
        return *_secrets;
    const Value given = _plan.secrets                ? *_plan.secrets
                        : _plan.fixtures.has_value() ? _plan.fixtures->secrets
                                                     : Value::object();
    spokes::Secrets secrets;
    for (const auto& rule : manifest().secrets)
        secrets[rule.name] = {"canary-" + rule.name + "-5d1f0c9b7a3e"};
    for (const auto& [name, values] : given.items())
        secrets[name] = values.is_array() ? values.get<std::vector<std::string>>()
                                          : std::vector{values.get<std::string>()};
    return secrets;
}

std::unique_ptr<Instance> Trial::open()
{
    const Value channel = settings();
    doing("open");
    auto instance = open(channel, secrets());
    if (!instance->isOpen())
        throw Skip("the channel does not open: " + instance->opened().outcome());
    return instance;
}

std::unique_ptr<Instance> Trial::open(const Value& settings, const spokes::Secrets& secrets,
                                      HostAge age)
{
    return openText(settings.dump(), secrets, age);
}

std::unique_ptr<Instance> Trial::openText(const std::string& settings,
                                          const spokes::Secrets& secrets, HostAge age)
{
    spokes::HttpRules rules;
    std::vector<spokes::OAuthGrant> grants;
    rules.hosts = manifest().hosts;
    if (const auto document = JsonDocument::parse(settings); document)
        grants = grantsOf(manifest(), document->root());
    if (const auto json = Value::parse(settings, nullptr, false);
        json.is_object() && json.contains("base_url") && json["base_url"].is_string())
        rules.baseUrl = json["base_url"].get<std::string>();
    return std::make_unique<Instance>(
        Instance::Parts{table(), settings, secrets, rules, grants, _standin.get(), age});
}

bool Trial::hasStandIn()
{
    return _plan.fixtures && !_plan.fixtures->standin.empty();
}

StandIn& Trial::standin()
{
    if (!hasStandIn())
        throw Skip(fixtures().folder.empty() ? "" : "channel.json names no stand-in ('standin')");
    if (!_standin)
        _standin = std::make_unique<StandIn>(fixtures().standin, fixtures().folder);
    return *_standin;
}

Value Trial::reset(Value seed)
{
    seed["work"] = work().string();
    seed["secrets"] = Value::object();
    for (const auto& [name, values] : secrets())
        seed["secrets"][name] = values.front();
    auto offered = control({{"reset", seed}});
    _parcels = offered.value("parcels", Value::array());
    return offered;
}

Value Trial::pullRequest(const std::string& stream, Value request) const
{
    if (stream == "shipments" && !request.contains("id") && !request.contains("subjects"))
        request["subjects"] = _parcels;
    return request;
}

Value Trial::control(const Value& question)
{
    auto answer = standin().ask(question);
    if (const auto error = answer.find("error"); error != answer.end())
        throw Skip("the stand-in cannot do '" + question.begin().key() + "': " + error->dump());
    return answer;
}

const fs::path& Trial::work()
{
    if (_work.empty()) {
        std::string made = (fs::temp_directory_path() / "spokehub-check-XXXXXX").string();
        if (mkdtemp(made.data()) == nullptr)
            throw Fault("no folder can be made in " + fs::temp_directory_path().string());
        _work = made;
    }
    return _work;
}

std::string Trial::output() const
{
    std::ifstream stream("/proc/self/fd/1", std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void expect(bool good, const std::string& seen)
{
    if (!good)
        throw Fault(seen);
}

std::string listed(const std::vector<std::string>& names, std::size_t most)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > most)
        text += " and " + std::to_string(names.size() - most) + " more";
    return text;
}

} // namespace spokehub::check
