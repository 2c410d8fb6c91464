#include "storage/audit.h"

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "oauth/provider_text.h"
#include "storage/length_prefixed.h"

#include <algorithm>
#include <utility>

namespace evergrant::storage {

namespace {

constexpr std::size_t longest_text = 256;
constexpr std::size_t longest_detail = 2048;

std::string text_of(const crypto::Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::uint64_t milliseconds_of(Instant at) {
    return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

std::string mac_of(const SecretString& key, std::string_view purpose, const AuditPosition& position) {
    std::string text;
    append_field(text, purpose);
    append_number(text, position.sequence, 8);
    append_field(text, position.hash);
    return text_of(crypto::hmac_sha256(crypto::bytes_of(key.reveal()), text));
}

bool same(std::string_view one, std::string_view other) {
    return crypto::equal_in_constant_time(crypto::bytes_of(one), crypto::bytes_of(other));
}

/// A cut in the middle of a character takes the whole character.
void cut(std::string& text, std::size_t most) {
    if (text.size() <= most)
        return;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80U)
        --most;
    text.resize(most);
}

void tidy(std::string& text, std::size_t most) {
    const bool readable = oauth::is_utf8(text);
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || (byte > 0x7f && !readable))
            c = '?';
    }
    cut(text, most);
}

}  // namespace

std::string canonical_encoding(std::uint64_t sequence, const AuditEvent& event) {
    std::string text;
    append_field(text, "evergrant audit 1");
    append_number(text, sequence, 8);
    append_number(text, milliseconds_of(event.at), 8);
    for (const std::string* field : {&event.actor, &event.role, &event.action, &event.tenant, &event.integration,
                                     &event.outcome, &event.address, &event.request_id, &event.detail})
        append_field(text, *field);
    return text;
}

std::string audit_hash(std::string_view previous, std::uint64_t sequence, const AuditEvent& event) {
    std::string text(previous);
    text += canonical_encoding(sequence, event);
    return text_of(crypto::sha256(text));
}

std::string mac_of_row(const SecretString& key, const AuditPosition& row) {
    return mac_of(key, "evergrant audit row 1", row);
}

std::string mac_of_base(const SecretString& key, const AuditPosition& base) {
    return mac_of(key, "evergrant audit base 1", base);
}

std::string mac_of_head(const SecretString& key, const AuditPosition& head) {
    return mac_of(key, "evergrant audit head 1", head);
}

std::string signature_of(const SecretString& key, const AuditPosition& position, Instant at) {
    std::string purpose = "evergrant audit checkpoint 1";
    append_number(purpose, milliseconds_of(at), 8);
    return mac_of(key, purpose, position);
}

std::vector<AuditRecord> chained(const AuditPosition& after, std::vector<AuditEvent> events, const SecretString& key) {
    std::vector<AuditRecord> rows;
    rows.reserve(events.size());
    AuditPosition last = after;
    for (AuditEvent& event : events) {
        const std::uint64_t sequence = last.sequence + 1;
        last = {sequence, audit_hash(last.hash, sequence, event)};
        rows.push_back({sequence, std::move(event), last.hash, mac_of_row(key, last)});
    }
    return rows;
}

AuditChecker::AuditChecker(AuditEnds ends, const SecretString& key, std::optional<AuditPosition> previous)
    : ends_(std::move(ends)), key_(key), previous_(ends_.base) {
    check_.base = ends_.base;
    check_.head = ends_.head;
    if (previous && previous->sequence > ends_.base.sequence)
        previous_ = std::move(*previous);
    check_.checked_to = previous_.sequence;
    const bool untouched = ends_.base == AuditPosition();
    if (!untouched && !same(ends_.base_mac, mac_of_base(key_, ends_.base)))
        break_at(ends_.base.sequence + 1, "The note of what was removed is not as it was written.");
    if (ends_.head != AuditPosition() && !same(ends_.head_mac, mac_of_head(key_, ends_.head)))
        break_at(ends_.head.sequence, "The note of the last row is not as it was written.");
}

void AuditChecker::row(const AuditRecord& record) {
    // Removed as too old since the check came here.
    if (check_.broken || record.sequence <= previous_.sequence)
        return;
    const std::uint64_t expected = previous_.sequence + 1;
    if (record.sequence != expected)
        return break_at(expected, "Row " + std::to_string(expected) + " is missing.");
    const AuditPosition position{expected, audit_hash(previous_.hash, expected, record.event)};
    if (!same(record.hash, position.hash))
        return break_at(expected, "Row " + std::to_string(expected) + " is not as it was written.");
    if (!same(record.mac, mac_of_row(key_, position)))
        return break_at(expected, "Row " + std::to_string(expected) + " was not written by this store's servers.");
    previous_ = position;
    check_.checked_to = expected;
    ++check_.rows;
}

AuditCheck AuditChecker::result(bool more) && {
    if (!check_.broken && !more && previous_ != ends_.head)
        break_at(previous_.sequence + 1, "Rows after " + std::to_string(previous_.sequence) + " are missing.");
    check_.done = !more || check_.broken;
    return std::move(check_);
}

void AuditChecker::break_at(std::uint64_t sequence, std::string reason) {
    if (check_.broken)
        return;
    check_.broken = sequence;
    check_.reason = std::move(reason);
}

void tidy(AuditEvent& event) {
    for (std::string* text : {&event.actor, &event.role, &event.action, &event.tenant, &event.integration,
                              &event.outcome, &event.address, &event.request_id})
        tidy(*text, longest_text);
    tidy(event.detail, longest_detail);
}

}  // namespace evergrant::storage
