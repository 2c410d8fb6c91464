#include "crypto/certificate.h"

#include "crypto/openssl.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <climits>
#include <ctime>
#include <optional>

namespace evergrant::crypto {

namespace {

using openssl::own;
using openssl::Owned;
using Stream = Owned<BIO, BIO_free>;
using X509Certificate = Owned<X509, X509_free>;

constexpr std::size_t most_certificates = 10'000;

std::optional<sys_seconds> time_from(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1)
        return std::nullopt;
    return sys_seconds(std::chrono::seconds(::timegm(&parts)));
}

std::string subject_of(const X509* certificate) {
    const auto stream = own<Stream>(BIO_new(BIO_s_mem()), "make a buffer");
    X509_NAME_print_ex(stream.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* text = nullptr;
    const long size = BIO_get_mem_data(stream.get(), &text);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

std::vector<Certificate> read_certificates(std::string_view pem) {
    std::vector<Certificate> certificates;
    if (pem.size() > INT_MAX)
        return certificates;
    const openssl::QuietErrors quiet;
    const auto stream = own<Stream>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), "read a text");
    while (certificates.size() < most_certificates) {
        const X509Certificate one(PEM_read_bio_X509(stream.get(), nullptr, nullptr, nullptr));
        if (!one)
            break;
        if (const auto ends_at = time_from(X509_get0_notAfter(one.get())))
            certificates.push_back({.subject = subject_of(one.get()), .ends_at = *ends_at});
    }
    return certificates;
}

}  // namespace evergrant::crypto
