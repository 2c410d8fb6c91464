#pragma once
//
// For tests: self-signed certificates as PEM, which end when the test wants.
//
#include "base/clock.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace evergrant::testing {

/// `common_name` in UTF-8.
inline std::string self_signed_certificate(const std::string& common_name, sys_seconds ends_at) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), &BIO_free);
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> end(
        ASN1_TIME_set(nullptr, ends_at.time_since_epoch().count()), &ASN1_TIME_free);
    X509_set_version(made.get(), X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_set1_notAfter(made.get(), end.get());
    X509_set_pubkey(made.get(), key.get());
    X509_NAME* name = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()),
                               -1, -1, 0);
    X509_set_issuer_name(made.get(), name);
    if (X509_sign(made.get(), key.get(), EVP_sha256()) == 0 || PEM_write_bio_X509(text.get(), made.get()) != 1)
        throw std::runtime_error("OpenSSL made no certificate");
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace evergrant::testing
