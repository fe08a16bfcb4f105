#include "cli/Command.h"
#include "cli/CommandLine.h"

#include <map>
#include <ostream>

namespace spokehub::cli
{

namespace
{

constexpr std::string_view common = "--config --url --output --yes --watch --help";

struct Words
{
    std::string nouns;
    std::map<std::string, std::string> verbs;                           // of a noun
    std::map<std::pair<std::string, std::string>, std::string> options; // of a noun and a verb
};

void add(std::string& words, std::string_view word)
{
    words.append(words.empty() ? "" : " ").append(word);
}

Words wordsOfAll()
{
    Words words;
    for (const Verb& verb : verbs()) {
        if (!words.verbs.contains(verb.noun))
            add(words.nouns, verb.noun);
        add(words.verbs[verb.noun], verb.name);
        std::string& options = words.options[{verb.noun, verb.name}];
        for (const Argument& argument : verb.arguments)
            if (argument.name.starts_with("--"))
                add(options, std::string_view(argument.name).substr(0, argument.name.find(' ')));
        add(options, common);
    }
    return words;
}

/// One function for both shells; zsh runs bash's.
std::string script()
{
    const Words words = wordsOfAll();
    std::string text = "_spokehub() {\n"
                       "    local word=${COMP_WORDS[COMP_CWORD]} noun=${COMP_WORDS[1]} "
                       "verb=${COMP_WORDS[2]} words=\n"
                       "    if [ \"$COMP_CWORD\" = 1 ]; then\n        words='" +
                       words.nouns + "'\n    else\n        case $noun in\n";
    for (const auto& [noun, names] : words.verbs) {
        text += "        " + noun + ")\n";
        const bool alone = names.empty();
        if (!alone)
            text += "            if [ \"$COMP_CWORD\" = 2 ]; then words='" + names +
                    "'; else case $verb in\n";
        for (const auto& [key, options] : words.options)
            if (key.first == noun)
                text += alone ? "            words='" + options + "'\n"
                              : "            " + key.second + ") words='" + options + "' ;;\n";
        text += alone ? "            ;;\n" : "            esac; fi\n            ;;\n";
    }
    return text + "        esac\n    fi\n"
                  "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                  "}\ncomplete -F _spokehub spokehub\n";
}

ExitCode completion(Command& command)
{
    const std::string& shell = command.text("SHELL");
    if (shell != "bash" && shell != "zsh")
        throw Failure("SHELL: is neither bash nor zsh", ExitCode::Usage);
    std::string text = script();
    if (shell == "zsh") { // has no mapfile
        const std::string bash =
            "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n";
        text.replace(text.find(bash), bash.size(),
                     "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n");
        text = "autoload -U +X bashcompinit && bashcompinit\n" + text;
    }
    command.output().stream() << text;
    return ExitCode::Done;
}

} // namespace

std::vector<Verb> completionVerbs()
{
    return {{"completion",
             "",
             "prints what makes a shell complete words: source <(spokehub completion bash)",
             {{"SHELL", "bash or zsh"}},
             completion}};
}

} // namespace spokehub::cli
