#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace spokehub::spokes
{

/// What the calls into spokes have in hand, noted in a mapped file before each of them, so that the
/// hub that comes after a crash knows what it interrupted; and at how many crashes each id was in
/// hand. Any thread.
class InHand
{
public:
    /// What was in hand at so many crashes is not tried again.
    static constexpr int crashesMax = 2;

    /// Notes are kept in `file`, or, while another hub has that, in one beside it. Without a file,
    /// or when it cannot be used (which is logged), they are gone with this hub.
    explicit InHand(const std::filesystem::path& file = {});
    ~InHand();
    InHand(const InHand&) = delete;
    InHand& operator=(const InHand&) = delete;

    struct Slot;

    /// One call on this thread, as long as it lives.
    class Note
    {
    public:
        Note(InHand& inHand, std::string_view channel, std::string_view verb,
             std::span<const std::string> ids);
        ~Note();
        Note(const Note&) = delete;
        Note& operator=(const Note&) = delete;

    private:
        Slot* _slot;
    };

    /// At how many crashes it was in hand since it last came through.
    int crashes(std::string_view channel, std::string_view id) const;
    /// Whether there is any such id; most hubs never have one.
    bool any() const;
    /// Once more; the count.
    int crashed(std::string_view channel, std::string_view id);
    void cameThrough(std::string_view channel, std::string_view id);

    /// Once, in main: when a call into a spoke ends this process by a signal or by exit(), it alone
    /// is to blame, and not what other threads have in hand.
    static void blameTheCrashing();
    /// After a spoke's library was loaded: who calls exit() in a call ends the process there and
    /// then. What exit() tears down is still used by other threads, whose crash would be blamed.
    static void endWhereSpokesExit();

private:
    struct File;

    void takeOver();
    void save();

    std::unique_ptr<File> _file;
    mutable std::mutex _mutex;
    std::map<std::string, int, std::less<>> _crashes; // by channel and id
};

} // namespace spokehub::spokes
