#include "support/Workers.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <new>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace spokehub::test
{

namespace
{

/// Where the processes meet: memory that a fork shares.
struct Meeting
{
    std::atomic<std::size_t> next = 0;
    std::atomic<int> passed = 0;
    std::atomic<int> failed = 0;
    std::atomic<int> skipped = 0;
};
static_assert(std::atomic<std::size_t>::is_always_lock_free);

struct Worker
{
    pid_t pid = 0;
    std::atomic<std::size_t>* at = nullptr; // what it is at, shared
    std::FILE* failures = nullptr;
};

template <class T>
T* shared(std::size_t count)
{
    void* memory = ::mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw std::runtime_error("no memory to share with the workers");
    return new (memory) T[count];
}

void print(const std::string& text)
{
    for (std::string_view rest = text; !rest.empty();) {
        const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (written <= 0)
            return;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

/// In the fork. It ends as a whole program does, so that what its tests made is taken away.
[[noreturn]] void work(Meeting& meeting, Worker& worker, std::size_t count,
                       const std::function<Outcome(std::size_t, std::ostream&)>& one)
{
    for (std::size_t i = meeting.next++; i < count; i = meeting.next++) {
        *worker.at = i;
        std::ostringstream out;
        const Outcome outcome = one(i, out);
        print(out.str());
        meeting.passed += outcome.passed;
        meeting.failed += outcome.failed;
        meeting.skipped += outcome.skipped;
        std::fputs(outcome.failures.c_str(), worker.failures);
        std::fflush(worker.failures);
        *worker.at = count;
    }
    std::exit(0);
}

std::string whole(std::FILE* file)
{
    std::string text;
    std::rewind(file);
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file))
        text += static_cast<char>(c);
    std::fclose(file);
    return text;
}

} // namespace

void Outcome::add(const Outcome& other)
{
    passed += other.passed;
    failed += other.failed;
    skipped += other.skipped;
    failures += other.failures;
}

Outcome inProcesses(int processes, std::size_t count,
                    const std::function<Outcome(std::size_t, std::ostream&)>& one,
                    const std::function<std::string(std::size_t)>& nameOf)
{
    std::cout.flush();
    Meeting& meeting = *shared<Meeting>(1);
    std::vector<Worker> workers(static_cast<std::size_t>(processes));
    auto* places = shared<std::atomic<std::size_t>>(workers.size());
    for (Worker& worker : workers) {
        worker.at = places++;
        *worker.at = count;
        worker.failures = std::tmpfile();
        worker.pid = ::fork();
        if (worker.pid < 0 || worker.failures == nullptr)
            throw std::runtime_error("a worker cannot be started");
        if (worker.pid == 0)
            work(meeting, worker, count, one);
    }
    Outcome all;
    for (Worker& worker : workers) {
        int status = 0;
        ::waitpid(worker.pid, &status, 0);
        all.failures += whole(worker.failures);
        if (status == 0)
            continue;
        ++all.failed;
        const std::string what =
            *worker.at < count ? "in " + nameOf(*worker.at) : std::string("at its end");
        all.failures += "FAIL a process of the tests died " + what + " (" +
                        (WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                             : "exit " + std::to_string(WEXITSTATUS(status))) +
                        ")\n";
    }
    all.add({meeting.passed, meeting.failed, meeting.skipped, {}});
    return all;
}

} // namespace spokehub::test
