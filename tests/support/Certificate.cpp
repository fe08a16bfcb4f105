#include "support/Certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace spokehub::test
{

namespace
{

void demand(bool holds)
{
    if (!holds)
        throw std::runtime_error("cannot make a certificate");
}

template <class Write>
void writeFile(const std::string& path, Write write)
{
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"),
                                                               std::fclose);
    demand(file != nullptr && write(file.get()) == 1);
}

} // namespace

Certificate::Certificate()
{
    std::string place = (std::filesystem::temp_directory_path() / "spokehub-tls-XXXXXX").string();
    demand(::mkdtemp(place.data()) != nullptr);
    _directory = place;
    _certificateFile = _directory + "/certificate.pem";
    _keyFile = _directory + "/key.pem";

    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    demand(key != nullptr && certificate != nullptr);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    demand(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);

    writeFile(_certificateFile,
              [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); });
    writeFile(_keyFile, [&](std::FILE* file) {
        return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

Certificate::~Certificate()
{
    std::error_code ignored;
    std::filesystem::remove_all(_directory, ignored);
}

} // namespace spokehub::test
