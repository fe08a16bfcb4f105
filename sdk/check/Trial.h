#pragma once

#include "Check.h"
#include "Instance.h"

#include "spokes/SpokeLibrary.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <span>

namespace spokehub::check
{

/// What is certified, and with what.
struct Plan
{
    std::filesystem::path file;
    std::optional<Fixtures> fixtures;
    std::optional<Value> settings; // in the place of those of the fixtures
    std::optional<Value> secrets;
    int patienceSeconds = 20; // for one check
};

/// One check at work, in a process of its own. What it needs and cannot have ends it as skipped.
class Trial
{
public:
    /// `note` is memory that outlives a crash: it holds what is being done.
    Trial(const Plan& plan, std::span<char> note);
    ~Trial();

    /// For the sentence about a crash or a hang: "accept of the vector 'order'".
    void doing(const std::string& what);

    const std::filesystem::path& file() const { return _plan.file; }
    /// As the library gives it, however wrong.
    const sph_spoke* rawTable();
    sph_entry entry();
    /// As the hub takes it.
    const spokes::SpokeLibrary& library();
    const spokes::Manifest& manifest() { return library().manifest(); }
    const sph_spoke& table() { return library().table(); }
    void needVerb(const std::string& verb);

    const Fixtures& fixtures();
    const Signature& signature();
    /// The vectors that must be genuine, signed: by the fixtures, or by the signature's recipe.
    std::vector<Vector> genuine();
    /// The vectors, whatever is expected of them.
    std::vector<Vector> vectors();
    /// Signs under the index-th value of the secret.
    void sign(Vector& vector, std::size_t index = 0);

    /// The channel's settings as given, with defaults, and its secrets.
    Value givenSettings();
    Value settings();
    spokes::Secrets secrets();
    /// From here on, in the place of those given.
    void useSecrets(spokes::Secrets secrets) { _secrets = std::move(secrets); }

    std::unique_ptr<Instance> open();
    std::unique_ptr<Instance> open(const Value& settings, const spokes::Secrets& secrets,
                                   HostAge age = HostAge::Today);
    std::unique_ptr<Instance> openText(const std::string& settings, const spokes::Secrets& secrets,
                                       HostAge age = HostAge::Today);

    bool hasStandIn();
    StandIn& standin();
    /// The channel anew, with that much in it; answers what the stand-in offers to push.
    Value reset(Value seed);
    /// What is asked of a stream; of shipments, the parcels that the stand-in has.
    Value pullRequest(const std::string& stream, Value request) const;
    /// Asks the stand-in for more than a channel gives. One that cannot do it ends the check as
    /// skipped.
    Value control(const Value& question);
    const std::filesystem::path& work();

    /// What the spoke itself has written to standard output and error so far.
    std::string output() const;

private:
    const Plan& _plan;
    std::span<char> _note;
    sph_entry _entry = nullptr;
    const sph_spoke* _raw = nullptr;
    std::unique_ptr<spokes::SpokeLibrary> _library;
    std::optional<spokes::Secrets> _secrets;
    std::unique_ptr<StandIn> _standin;
    Value _parcels = Value::array(); // that the channel has
    std::filesystem::path _work;
};

/// Ends the check as failed unless `good`.
void expect(bool good, const std::string& seen);

/// "a, b and 3 more"
std::string listed(const std::vector<std::string>& names, std::size_t most = 5);

} // namespace spokehub::check
