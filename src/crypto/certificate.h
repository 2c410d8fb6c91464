#pragma once
//
// Certificates (X.509) in PEM text: whose they are and when they end. Nothing is verified here: TLS does that.
//
#include "base/clock.h"

#include <string>
#include <string_view>
#include <vector>

namespace evergrant::crypto {

struct Certificate {
    std::string subject;  ///< RFC 2253: `CN=Example CA,O=Example`
    sys_seconds ends_at;  ///< notAfter
};

/// All in the text, up to 10,000, in their order. What is no certificate is passed over; what comes after one that
/// cannot be read, too.
[[nodiscard]] std::vector<Certificate> read_certificates(std::string_view pem);

}  // namespace evergrant::crypto
