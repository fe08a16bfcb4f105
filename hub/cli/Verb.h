#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace spokehub::cli
{

class Command;

enum class ExitCode
{
    Done = 0,
    Failed = 1,
    Usage = 2,
};

/// Ends the program with a sentence for the person in front of it.
class Failure : public std::runtime_error
{
public:
    explicit Failure(const std::string& message, ExitCode code = ExitCode::Failed)
        : std::runtime_error(message), _code(code)
    {
    }
    ExitCode code() const { return _code; }

private:
    ExitCode _code;
};

struct Argument
{
    std::string name; // "SKU" by place, "[SKU]" when it may be left out, "--flag", "--option VALUE"
    std::string help;
    bool required = false; // of an option; it may be given many times otherwise
};

/// `spokehub NOUN VERB`. A noun with a single nameless verb stands alone.
struct Verb
{
    std::string noun;
    std::string name;
    std::string help;
    std::vector<Argument> arguments;
    std::function<ExitCode(Command&)> run;
    bool looks = false; // it only looks, so it may be asked again and again (--watch)

    static constexpr bool looking = true;
};

// One source each.
std::vector<Verb> configVerbs();
std::vector<Verb> databaseVerbs();
std::vector<Verb> channelVerbs();
std::vector<Verb> listingVerbs();
std::vector<Verb> stockVerbs();
std::vector<Verb> orderVerbs();
std::vector<Verb> customerVerbs();
std::vector<Verb> taskVerbs();
std::vector<Verb> inboxVerbs();
std::vector<Verb> exceptionVerbs();
std::vector<Verb> spokeVerbs();
std::vector<Verb> recordVerbs();
std::vector<Verb> doctorVerbs();
std::vector<Verb> userVerbs();
std::vector<Verb> keyVerbs();
std::vector<Verb> reportVerbs();
std::vector<Verb> exportVerbs();
std::vector<Verb> completionVerbs();
std::vector<Verb> auditVerbs();
std::vector<Verb> catalogVerbs();
std::vector<Verb> warehouseVerbs();
std::vector<Verb> countVerbs();
std::vector<Verb> importVerbs();
std::vector<Verb> backupVerbs();

} // namespace spokehub::cli
