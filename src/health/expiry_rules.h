#pragma once
//
// Expiry rules: what is told of API keys and certificates before they end. Pure: what is held and its time come in,
// what is to be told goes out. Of connections it is alert_rules.h.
//
#include "crypto/certificate.h"
#include "health/server_rules.h"
#include "storage/alerts.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace evergrant::health {

namespace rule {
inline constexpr std::string_view key_expiring = "key_expiring";
inline constexpr std::string_view certificate_expiring = "certificate_expiring";
}  // namespace rule

/// How long before its end the first is told.
inline constexpr std::chrono::days expiry_horizon{14};

/// Of its notices 14, 7 and 1 days before its end the last that has come due: so many days; 0: none. None is due of a
/// time before the key was made.
[[nodiscard]] unsigned notice_due(const storage::EndingKey& key);

/// The notice, to be told once. `notice` is not 0.
[[nodiscard]] Condition ending_key(const storage::EndingKey& key, unsigned notice);

/// The certificates of a file that the setting of that name points to.
struct CertificateFile {
    std::string setting;
    std::vector<crypto::Certificate> certificates;
};

/// The one that ends first, of those of one subject the last alone: an authority's next certificate may stand beside
/// the one it replaces. Nothing: there is none.
[[nodiscard]] std::optional<crypto::Certificate> first_to_end(const std::vector<crypto::Certificate>& certificates);

/// Nothing: all last longer than the horizon. A file without a certificate is told of too: nothing is trusted by it.
[[nodiscard]] std::optional<Condition> ending_certificate(const CertificateFile& file, sys_seconds now);

}  // namespace evergrant::health
