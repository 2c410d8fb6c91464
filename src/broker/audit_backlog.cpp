#include "broker/audit_backlog.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace evergrant::broker {

namespace {

constexpr std::size_t block_size = std::size_t{64} * 1024;

constexpr std::array texts{
    &storage::AuditEvent::actor,   &storage::AuditEvent::role,        &storage::AuditEvent::action,
    &storage::AuditEvent::tenant,  &storage::AuditEvent::integration, &storage::AuditEvent::outcome,
    &storage::AuditEvent::address, &storage::AuditEvent::request_id,  &storage::AuditEvent::detail};

/// Stands before an event's texts.
struct Header {
    std::int64_t at;
    std::array<std::uint16_t, texts.size()> sizes;
};

std::size_t size_of(const Header& header) noexcept {
    std::size_t size = sizeof(Header);
    for (const std::uint16_t text : header.sizes)
        size += text;
    return size;
}

Header header_of(const storage::AuditEvent& event) noexcept {
    Header header{.at = event.at.time_since_epoch().count(), .sizes = {}};
    for (std::size_t at = 0; at < texts.size(); ++at)
        header.sizes[at] = static_cast<std::uint16_t>((event.*texts[at]).size());
    return header;
}

Header read_header(const char* bytes) noexcept {
    Header header;
    std::memcpy(&header, bytes, sizeof(header));
    return header;
}

storage::AuditEvent read_event(const Header& header, const char* text) {
    storage::AuditEvent event;
    event.at = Instant(Instant::duration(header.at));
    for (std::size_t at = 0; at < texts.size(); ++at) {
        (event.*texts[at]).assign(text, header.sizes[at]);
        text += header.sizes[at];
    }
    return event;
}

}  // namespace

void AuditBacklog::push(const storage::AuditEvent& event) {
    const Header header = header_of(event);
    const std::size_t size = size_of(header);
    if (blocks_.empty() || blocks_.back().bytes.size() + size > blocks_.back().bytes.capacity())
        blocks_.emplace_back().bytes.reserve(std::max(block_size, size));
    Block& block = blocks_.back();
    block.bytes.append(reinterpret_cast<const char*>(&header), sizeof(header));
    for (const auto text : texts)
        block.bytes += event.*text;
    ++block.events;
    ++size_;
}

std::vector<storage::AuditEvent> AuditBacklog::first(std::size_t most) const {
    std::vector<storage::AuditEvent> events;
    events.reserve(std::min(most, size_));
    for (const Block& block : blocks_) {
        const char* next = block.bytes.data() + block.next;
        for (std::size_t left = block.events; left > 0 && events.size() < most; --left) {
            const Header header = read_header(next);
            events.push_back(read_event(header, next + sizeof(header)));
            next += size_of(header);
        }
    }
    return events;
}

void AuditBacklog::drop(std::size_t count) {
    size_ -= count;
    while (count > 0) {
        Block& block = blocks_.front();
        if (count >= block.events) {
            count -= block.events;
            blocks_.pop_front();
            continue;
        }
        for (; count > 0; --count, --block.events)
            block.next += size_of(read_header(block.bytes.data() + block.next));
    }
}

}  // namespace evergrant::broker
