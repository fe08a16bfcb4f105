#include "Trial.h"

#include "core/Json.h"

#include <algorithm>
#include <array>

namespace spokehub::check
{

namespace
{

std::string sentenceOf(const std::vector<spokes::Mistake>& mistakes)
{
    std::vector<std::string> sentences;
    for (const auto& mistake : mistakes)
        sentences.push_back(mistake.path + " " + mistake.message);
    return listed(sentences);
}

void givenFit(Trial& trial)
{
    const auto given = JsonDocument::parse(trial.givenSettings().dump());
    std::vector<spokes::GivenSecret> secrets;
    for (const auto& [name, values] : trial.secrets())
        secrets.push_back({name, values.size()});
    auto mistakes = checkSettings(trial.manifest(), given->root());
    for (auto& mistake : checkSecrets(trial.manifest(), secrets))
        mistakes.push_back(std::move(mistake));
    expect(mistakes.empty(), sentenceOf(mistakes));
}

void defaultsFit(Trial& trial)
{
    for (const auto& rule : trial.manifest().settings) {
        if (rule.defaultJson.empty())
            continue;
        const auto one = JsonDocument::parse("{\"" + rule.name + "\":" + rule.defaultJson + "}");
        const auto mistakes = checkSettings(trial.manifest(), one->root());
        const auto own = std::ranges::find_if(mistakes, [&](const spokes::Mistake& mistake) {
            return mistake.path == "settings." + rule.name;
        });
        expect(own == mistakes.end(), "the default of '" + rule.name + "', " + rule.defaultJson +
                                          ", " + (own == mistakes.end() ? "" : own->message));
        expect(!rule.required, "'" + rule.name + "' is required and has a default: it can be one");
    }
}

void areDescribed(Trial& trial)
{
    std::vector<std::string> silent;
    for (const auto& rule : trial.manifest().settings)
        if (rule.description.empty())
            silent.push_back("settings." + rule.name);
    for (const auto& rule : trial.manifest().secrets)
        if (rule.description.empty())
            silent.push_back("secrets." + rule.name);
    expect(silent.empty(), "without a description: " + listed(silent));
}

/// Words that name what nobody else may know.
void secretsAreSecrets(Trial& trial)
{
    constexpr std::array<std::string_view, 7> words = {
        "token", "secret", "password", "passwd", "api_key", "private_key", "credential"};
    for (const auto& rule : trial.manifest().settings)
        for (const auto word : words)
            expect(rule.name.find(word) == std::string::npos,
                   "the setting '" + rule.name +
                       "' looks like a secret: settings are shown and "
                       "logged");
}

/// How the spoke takes these settings when they come past the hub's own check.
Said opened(Trial& trial, const std::string& settings)
{
    trial.doing("open with the settings " + settings);
    const auto instance = trial.openText(settings, trial.secrets());
    const Said& said = instance->opened();
    expect(said.kind != Class::Done || instance->isOpen(),
           "open ended as done without an instance");
    expect(said.kind == Class::Done || !instance->isOpen(),
           "open ended as " + said.outcome() + " and gave an instance all the same");
    return said;
}

void requiredAreMissed(Trial& trial)
{
    const auto settings = trial.settings();
    trial.open();
    bool any = false;
    for (const auto& rule : trial.manifest().settings) {
        if (!rule.required)
            continue;
        any = true;
        auto without = settings;
        without.erase(rule.name);
        const auto said = opened(trial, without.dump());
        expect(said.kind == Class::Config && said.reason.find(rule.name) != std::string::npos,
               "opened without '" + rule.name + "', it ended as " + said.outcome());
    }
    if (!any)
        throw Skip("the manifest has no required setting");
}

void wrongTypesAreNamed(Trial& trial)
{
    const auto settings = trial.settings();
    trial.open();
    if (trial.manifest().settings.empty())
        throw Skip("the manifest has no settings");
    for (const auto& rule : trial.manifest().settings) {
        auto wrong = settings;
        wrong[rule.name] = Value::object({{"no", "scalar"}});
        const auto said = opened(trial, wrong.dump());
        expect(said.kind == Class::Done ||
                   (said.kind == Class::Config && said.reason.find(rule.name) != std::string::npos),
               "opened with an object as '" + rule.name + "', it ended as " + said.outcome());
    }
}

void unknownDoNoHarm(Trial& trial)
{
    auto settings = trial.settings();
    trial.open();
    settings["of_a_later_version"] = true;
    const auto said = opened(trial, settings.dump());
    expect(said.kind == Class::Done ||
               (said.kind == Class::Config &&
                said.reason.find("of_a_later_version") != std::string::npos),
           "opened with an unknown setting, it ended as " + said.outcome());
}

void garbageIsRefused(Trial& trial)
{
    trial.open();
    for (const char* garbage : {"", "[]", "null", "{\"shop\": ", "\xff\xfe"}) {
        const auto said = opened(trial, garbage);
        expect(said.kind != Class::Done || trial.manifest().settings.empty(),
               std::string("opened with the settings '") + garbage + "', it ended as done");
    }
}

/// Nobody may sign with a secret that is not there.
void noSecretNoEntry(Trial& trial)
{
    trial.needVerb("accept");
    const auto vectors = trial.genuine();
    trial.open();
    const auto instance = trial.open(trial.settings(), {});
    if (!instance->isOpen())
        return; // refused at once: nothing gets in
    for (const auto& vector : vectors) {
        trial.doing("accept of the vector '" + vector.name + "' without secrets");
        const auto accepted = instance->accept(vector);
        expect(!accepted.genuine(),
               "without any secret, the vector '" + vector.name + "' is genuine");
    }
    if (!trial.fixtures().signature)
        return;
    for (auto vector : vectors) {
        trial.signature().sign(vector, "");
        expect(!instance->accept(vector).genuine(),
               "without any secret, a vector signed with the empty key is genuine");
    }
}

} // namespace

Checks settingsChecks()
{
    return {
        {"settings.given_fit", "the settings and secrets of the fixtures fit the manifest",
         "correct channel.json, or the manifest", givenFit},
        {"settings.defaults_fit", "every default fits its own rule",
         "correct 'default', 'pattern', 'enum', 'minimum' or 'maximum'", defaultsFit},
        {"settings.are_described", "every setting and secret has a description",
         "say in 'description' what it is and where to find it", areDescribed},
        {"settings.secrets_are_secrets", "what is secret stands in 'secrets'",
         "move the setting to 'secrets' of the manifest", secretsAreSecrets},
        {"settings.required_are_missed",
         "each required setting that is missing is refused by its name, as config",
         "read it with Settings::text, or answer SPH_CONFIG with a problem that names it",
         requiredAreMissed},
        {"settings.wrong_types_are_named",
         "a setting of the wrong type is refused by its name, as config, or not looked at",
         "read settings by their type, and answer SPH_CONFIG with a problem that names the one",
         wrongTypesAreNamed},
        {"settings.unknown_do_no_harm", "an unknown setting is passed over, or refused by its name",
         "look only for what is known", unknownDoNoHarm},
        {"settings.garbage_is_refused", "settings that are no JSON object are refused",
         "check that the text is a JSON object before use", garbageIsRefused},
        {"settings.no_secret_no_entry", "without a configured secret no webhook is genuine",
         "answer forged when secret_count is 0", noSecretNoEntry},
    };
}

} // namespace spokehub::check
