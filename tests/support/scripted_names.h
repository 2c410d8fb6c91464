#pragma once
//
// Names under `.test` resolve to what a test says. For a test program in which scripted_names_test.cpp replaces
// getaddrinfo.
//
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace evergrant::testing {

class ScriptedNames {
public:
    static ScriptedNames& instance() {
        static ScriptedNames names;
        return names;
    }

    /// From now on `name` has the one address written in `address`.
    void set(std::string name, std::string address) {
        const std::lock_guard lock(mutex_);
        addresses_.insert_or_assign(std::move(name), std::move(address));
    }

    /// While this lives, looking up a name under `.test` takes as long; its end waits until nobody looks up any more.
    class Stuck {
    public:
        Stuck() { instance().set_stuck(true); }
        ~Stuck() { instance().set_stuck(false); }
        Stuck(const Stuck&) = delete;
        Stuck& operator=(const Stuck&) = delete;
    };

    /// The address of `name`, empty if it has none.
    std::string look_up(std::string_view name) {
        std::unique_lock lock(mutex_);
        ++looking_up_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !stuck_; });
        --looking_up_;
        changed_.notify_all();
        const auto found = addresses_.find(std::string(name));
        return found == addresses_.end() ? std::string() : found->second;
    }

private:
    void set_stuck(bool stuck) {
        std::unique_lock lock(mutex_);
        stuck_ = stuck;
        changed_.notify_all();
        changed_.wait(lock, [this, stuck] { return stuck || looking_up_ == 0; });
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, std::string> addresses_;
    bool stuck_{false};
    int looking_up_{0};
};

}  // namespace evergrant::testing
