#pragma once
//
// News: what replicas tell each other, so that a token withdrawn by one is served by none. A message is a hint: it may
// be lost, late or doubled, and whoever hears it looks at the store. What holds without it is a bound on how long a
// cached token is believed (docs/consistency.md).
//
#include "base/ids.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::cache {

struct News {
    enum class Kind : std::uint8_t {
        replaced,  ///< the connection has a new token set, of `generation`: obtained anew, or refreshed
        removed,   ///< the connection is gone, or its grant is dead
        keys,      ///< an API key or app credentials were made, changed or taken away; `key` is empty
    };
    Kind kind{Kind::replaced};
    ConnectionKey key;
    std::uint64_t generation{0};  ///< of `replaced`: the new one; of `removed`: the last one

    friend bool operator==(const News&, const News&) = default;
};

/// One line of text and back. Nothing if it is none of ours.
[[nodiscard]] std::string to_text(const News& news);
[[nodiscard]] std::optional<News> parse_news(std::string_view text);

/// The way news travel. One for the process; runs on one shard.
class NewsChannel {
public:
    /// Called on the channel's shard for each piece of news of another replica's, and with nothing after a gap: then
    /// anything may have been missed. `live` is true again only after the listener was told of the gap.
    using Listener = std::function<void(const std::optional<News>&)>;

    virtual ~NewsChannel() = default;

    /// Begins to listen; ends with the shard's drain. Once.
    virtual void start(Listener listener) = 0;

    /// Tells the other replicas, soon. Never waits; what cannot be told within a bounded queue is dropped.
    /// Thread: any.
    virtual void publish(News news) = 0;

    /// Whether what others publish is arriving. Thread: any.
    [[nodiscard]] virtual bool live() const noexcept = 0;
};

}  // namespace evergrant::cache
