#pragma once

#include "spokes/Border.h"
#include "spokes/SpokeLibrary.h"
#include "spokes/SpokeProcess.h"

#include <array>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace spokehub::spokes
{

/// A spoke in processes of its own: one for the lane's verbs, and, once there are webhooks, a few
/// for accept and translate, each of which answers one call at a time. What crashes, hangs or
/// babbles is ended, told as the answer of that call, and started again, later each time; after
/// crashesMax of one verb in a row it is parked. What is asked meanwhile waits, uncounted.
class ProcessBorder final : public Border
{
public:
    static constexpr int crashesMax = 5;
    static constexpr std::size_t pureMax = 3;

    struct Parts
    {
        std::string channel; // for the log
        std::filesystem::path file;
        SpokeFacts facts;
        std::shared_ptr<ProcessLauncher> launcher;
        const Clock& clock;
    };

    explicit ProcessBorder(Parts parts);
    ~ProcessBorder() override;

    bool has(Verb verb) const override;
    Ended open(const sph_host* host, std::string_view settings, const sph_sink& out) override;
    Ended run(Verb verb, const Call& call, std::string_view stream, std::string_view request,
              const sph_sink& out) override;
    Ended accept(const sph_request& request, const sph_accept_sink& out) const override;
    Ended translate(const sph_message& message, const sph_sink& out) const override;
    std::string parked() const override;
    void unpark() override;

private:
    using Process = std::unique_ptr<SpokeProcess>;

    /// How the processes of one purpose fare.
    struct Health
    {
        std::array<int, verbs> crashes{}; // in a row
        Time notBefore;                   // is it started again
        std::string parked;
    };
    /// One call, with what its crash is told and logged as.
    struct Asked
    {
        Verb verb;
        FrameKind frame;
        const Packer& arguments;
        SpokeProcess::Answers answers;
        SpokeProcess::Bounds bounds;
        std::string inHand;
    };

    /// A process that is open; `answered` is what open answered, null is the process when that is
    /// not done.
    Process started(const sph_sink& out, std::int32_t& answered) const;
    Process restarted() const;
    Ended ask(Process& process, Health& health, const Asked& asked) const;
    Ended pure(Health& health, const Asked& asked) const;
    /// Nothing: all are busy. A null one is to be started.
    std::optional<Process> lease() const;
    void giveBack(Process process) const;
    /// Nothing: it may be asked, or started.
    std::optional<Ended> unavailable(const Health& health, const Asked& asked) const;
    void count(Health& health, Verb verb, const std::string& inHand, const std::string& how) const;

    const Parts _parts;
    const sph_host* _host = nullptr;
    std::string _settings;

    Process _lane;
    mutable std::mutex _mutex;
    mutable Health _laneHealth;
    mutable Health _acceptHealth;
    mutable Health _translateHealth;
    mutable std::condition_variable _returned;
    mutable std::vector<Process> _idle; // of accept and translate
    mutable std::size_t _started = 0;   // idle and busy ones
};

/// The way into a spoke for one channel, in this process or in others, as the rules and the
/// channel's own wish have it. Throws SpokeError.
std::unique_ptr<Border> borderOf(const SpokeLibraries& libraries, const SpokeLibrary& library,
                                 const std::string& channel, std::optional<Isolation> wish,
                                 const Clock& clock);

} // namespace spokehub::spokes
