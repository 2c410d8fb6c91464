#include "broker/audit_tally.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace evergrant::broker {

namespace {

constexpr std::size_t longest_field = 128;
constexpr std::size_t text_for_each = 96;  // on average; a table that runs out of text is as full as one without slots
constexpr std::size_t counted_together = 7;
constexpr std::size_t first_size = 256;  // a power of two

std::array<std::string_view, 8> all_of(const AuditFields& fields) noexcept {
    return {fields.actor,       fields.role,    fields.action,  fields.tenant,
            fields.integration, fields.outcome, fields.address, fields.request_id};
}

std::string_view within_limit(std::string_view field) noexcept {
    return field.substr(0, longest_field);
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) noexcept {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
    return hash ^ (hash >> 32U);
}

/// Quick rather than good: each read pays for it, and what collides is told apart by its text.
std::uint64_t mixed(std::uint64_t hash, std::string_view field) noexcept {
    std::uint64_t word = 0;
    hash = mixed(hash, field.size());
    for (; field.size() >= sizeof(word); field.remove_prefix(sizeof(word))) {
        std::memcpy(&word, field.data(), sizeof(word));
        hash = mixed(hash, word);
    }
    word = 0;
    if (!field.empty())
        std::memcpy(&word, field.data(), field.size());
    return mixed(hash, word);
}

/// Of what has few values the size is enough.
std::uint64_t hash_of(const AuditFields& fields) noexcept {
    std::uint64_t hash = fields.action.size() << 16U | fields.outcome.size() << 8U | fields.role.size();
    for (const std::string_view* field : {&fields.actor, &fields.tenant, &fields.integration, &fields.address})
        hash = mixed(hash, within_limit(*field));
    return hash == 0 ? 1 : hash;
}

}  // namespace

AuditTally::AuditTally(std::size_t most)
    : most_(most), most_text_(most * text_for_each), slots_(std::min(most, first_size) * 2) {}

bool AuditTally::note(const AuditFields& fields, Instant now) {
    const std::uint64_t hash = hash_of(fields);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
        Slot& slot = slots_[at];
        if (slot.hash == 0)
            return add(fields, hash, now);
        if (slot.hash == hash && holds(slot, fields)) {
            ++slot.count;
            slot.last = now;
            return true;
        }
    }
}

/// The table is never more than half full, so that looking for a slot ends.
bool AuditTally::add(const AuditFields& fields, std::uint64_t hash, Instant now) {
    const auto all = all_of(fields);
    std::size_t size = 0;
    for (const std::string_view field : all)
        size += within_limit(field).size();
    if (used_ >= most_ || text_.size() + size > most_text_) {
        ++lost_;
        return false;
    }
    if (used_ >= slots_.size() / 2)
        grow();
    Slot& slot = free_slot(hash);
    slot.hash = hash;
    slot.count = 1;
    slot.text_at = static_cast<std::uint32_t>(text_.size());
    slot.first = slot.last = now;
    for (std::size_t at = 0; at < all.size(); ++at) {
        const std::string_view field = within_limit(all[at]);
        slot.sizes[at] = static_cast<std::uint16_t>(field.size());
        text_ += field;
    }
    ++used_;
    return true;
}

AuditTally::Slot& AuditTally::free_slot(std::uint64_t hash) noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].hash != 0)
        at = (at + 1) & mask;
    return slots_[at];
}

void AuditTally::grow() {
    const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (const Slot& slot : before) {
        if (slot.hash != 0)
            free_slot(slot.hash) = slot;
    }
}

bool AuditTally::holds(const Slot& slot, const AuditFields& fields) const noexcept {
    const auto all = all_of(fields);
    const char* text = text_.data() + slot.text_at;
    for (std::size_t at = 0; at < counted_together; ++at) {
        if (std::string_view(text, slot.sizes[at]) != within_limit(all[at]))
            return false;
        text += slot.sizes[at];
    }
    return true;
}

storage::AuditEvent AuditTally::event_of(const Slot& slot) const {
    storage::AuditEvent event;
    const std::array<std::string*, field_count> fields{&event.actor,   &event.role,        &event.action,
                                                       &event.tenant,  &event.integration, &event.outcome,
                                                       &event.address, &event.request_id};
    std::size_t from = slot.text_at;
    for (std::size_t at = 0; at < fields.size(); ++at) {
        *fields[at] = text_.substr(from, slot.sizes[at]);
        from += slot.sizes[at];
    }
    event.at = slot.first;
    if (slot.count > 1) {
        boost::json::object detail;
        detail["count"] = slot.count;
        detail["lastAt"] = to_iso8601(std::chrono::floor<std::chrono::seconds>(slot.last));
        event.detail = boost::json::serialize(detail);
    }
    return event;
}

void AuditTally::take(const Taker& taker) {
    std::vector<Slot> taken = std::exchange(slots_, std::vector<Slot>(std::min(most_, first_size) * 2));
    std::erase_if(taken, [](const Slot& slot) { return slot.hash == 0; });
    std::ranges::sort(taken, {}, &Slot::first);
    for (const Slot& slot : taken)
        taker(event_of(slot), slot.count);
    std::string().swap(text_);
    used_ = 0;
}

std::uint64_t AuditTally::take_lost() noexcept {
    return std::exchange(lost_, 0);
}

}  // namespace evergrant::broker
