// A file of the spool with anything in it: it is read up to what is torn, or refused, and goes on.
#include "Fuzz.h"

#include "core/Error.h"
#include "core/Log.h"
#include "store/SpoolFile.h"

#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using namespace spokehub;
using store::SpoolFile;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Log::threshold(Level::Error);
    static const int file = ::memfd_create("spool", MFD_CLOEXEC);
    static const std::string path = "/proc/self/fd/" + std::to_string(file);
    fuzz::require(::ftruncate(file, 0) == 0 &&
                      ::pwrite(file, data, size, 0) == static_cast<ssize_t>(size),
                  "the file is there");
    try {
        std::vector<SpoolFile::Record> records;
        const auto found = SpoolFile::open(path, records);
        fuzz::require(found->bytes() <= static_cast<std::int64_t>(size), "it only gets shorter");
        for (const SpoolFile::Record& record : records)
            fuzz::require(found->read(record).size() == record.length, "a record is whole");
        std::vector<SpoolFile::Record> again;
        SpoolFile::open(path, again);
        fuzz::require(again.size() == records.size(), "a second look finds the same");
    } catch (const Error& error) {
        fuzz::require(error.refusal() == Refusal::Unprocessable, error.what());
    }
    return 0;
}
