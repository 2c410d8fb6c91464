#pragma once
//
// Secret<T>: a value that does not print, compare or serialize by accident and is wiped when it goes.
// For comparing secrets in constant time see crypto/constant_time.h.
//
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace evergrant {

/// Overwrites `size` bytes in a way the compiler keeps.
void wipe(void* data, std::size_t size) noexcept;

/// Owns a secret. Copies are explicit (`clone`), reading is visible (`reveal`), the storage is wiped on destruction,
/// on assignment and when moved from. T is a contiguous container of bytes: std::string or std::array<std::byte, N>.
template <class T>
class Secret {
public:
    Secret() = default;
    explicit Secret(T value) : value_(std::move(value)) {}
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    Secret(Secret&& other) noexcept : value_(other.value_) { other.clear(); }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            clear();
            value_ = other.value_;
            other.clear();
        }
        return *this;
    }
    ~Secret() { clear(); }

    [[nodiscard]] Secret clone() const { return Secret(value_); }

    /// The one way to the value. Pass it straight on; do not keep it.
    [[nodiscard]] const T& reveal() const noexcept { return value_; }

    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

private:
    void clear() noexcept {
        wipe(value_.data(), value_.size() * sizeof(*value_.data()));
        if constexpr (requires { value_.clear(); })
            value_.clear();
    }

    T value_{};
};

/// Moving must leave no copy behind in the small-string buffer, hence copy and wipe instead of a pointer steal for
/// short values; long values are stolen.
template <>
class Secret<std::string> {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.clear(); }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            clear();
            value_ = std::move(other.value_);
            other.clear();
        }
        return *this;
    }
    ~Secret() { clear(); }

    [[nodiscard]] Secret clone() const { return Secret(value_); }
    [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

private:
    void clear() noexcept {
        wipe(value_.data(), value_.capacity());
        value_.clear();
    }

    std::string value_;
};

using SecretString = Secret<std::string>;

}  // namespace evergrant
