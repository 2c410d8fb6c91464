#pragma once
//
// RecentMap: a map that lets go of what was not used for long. It has two generations: when the recent one is full, it
// becomes the earlier one, and what was earlier goes. What is found in the earlier one moves up.
//
#include <cstddef>
#include <unordered_map>
#include <utility>

namespace evergrant::storage {

template <class Key, class Value>
class RecentMap {
public:
    /// `limit`: entries of a generation; > 0. What was put or found is still there after `limit` - 1 others were.
    explicit RecentMap(std::size_t limit) : limit_(limit) {}

    /// Null if it is not there. Valid until the entry goes, so no longer than until the next call.
    [[nodiscard]] Value* find(const Key& key) {
        const auto recent = recent_.find(key);
        if (recent != recent_.end())
            return &recent->second;
        auto node = earlier_.extract(key);
        if (node.empty())
            return nullptr;
        make_room();
        return &recent_.insert(std::move(node)).position->second;
    }

    /// In place of the key's value, if it has one. Valid as what `find` answers.
    Value& put(const Key& key, Value value) {
        earlier_.erase(key);
        if (!recent_.contains(key))
            make_room();
        return recent_.insert_or_assign(key, std::move(value)).first->second;
    }

    void erase(const Key& key) {
        recent_.erase(key);
        earlier_.erase(key);
    }

    template <class Which>
    void erase_if(const Which& which) {
        const auto by_value = [&which](const auto& entry) { return which(entry.second); };
        std::erase_if(recent_, by_value);
        std::erase_if(earlier_, by_value);
    }

private:
    void make_room() {
        if (recent_.size() >= limit_)
            earlier_ = std::exchange(recent_, {});
    }

    const std::size_t limit_;
    std::unordered_map<Key, Value> recent_;
    std::unordered_map<Key, Value> earlier_;
};

}  // namespace evergrant::storage
